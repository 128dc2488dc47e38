/** Every screen of records, in both languages and at twice the text: nothing axe objects to, nothing wider than the phone. */
import { join } from 'node:path'
import axe from 'axe-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { livedIn, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App
let need = ''

const SCREENS = [
  ['households', '.hr'],
  ['households/new', '.fi'],
  ['households/h4', '.hc'],
  ['households/h4/edit', '.fi'],
  ['households/h4/guarantees', '.chips'],
  ['households/h4/members/new', '.fi'],
  ['households/h4/income/2026', '.fi'],
  ['households/h4/assistance/new', '.fi'],
  ['visit/new', '.hx'],
  ['visit/new?household=h4', '.vf'],
  ['needs', '.nr'],
  ['needs/new?household=h4', '.nf'],
  ['needs/NEED', '.nd'],
  ['needs/NEED/edit', '.fi'],
  ['conflicts', '.q-empty, .cc'],
  ['returned', '.q-empty, .rc'],
] as const

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(livedIn(12))
  await colleague.sync()
  need = /h4\.n[0-9a-z]+/.exec(JSON.stringify(await colleague.run(['find', '饮水管道'])))?.[0] ?? ''
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

interface Look {
  shown: string
  violations: string[]
  tooWide: number
  small: string[]
}

async function look(path: string, ready: string): Promise<Look> {
  await app.at(`/${path.replace('NEED', need)}`)
  await app.page.locator(ready).first().waitFor()
  await app.page.waitForTimeout(250)
  await app.page.evaluate(axe.source)
  return app.page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] })
    const controls = [...document.querySelectorAll<HTMLElement>('main button, main a, main select, main textarea, footer button, footer a')]
    const tall = (element: HTMLElement) => {
      const after = Number.parseFloat(getComputedStyle(element, '::after').height)
      return Math.max(element.getBoundingClientRect().height, Number.isNaN(after) ? 0 : after)
    }
    return {
      shown: `${document.documentElement.lang} ${document.documentElement.dataset['text'] ?? '100'}`,
      violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
      tooWide: document.documentElement.scrollWidth - window.innerWidth,
      small: controls.filter((element) => element.offsetWidth > 0 && tall(element) < 43.5).map(({ className, textContent }) => `${className} ${textContent?.trim()}`),
    }
  })
}

test.each([
  ['zh-CN', '100'],
  ['zh-CN', '200'],
  ['en', '100'],
  ['en', '200'],
])('in %s at %s %% text', async (language, size) => {
  await app.page.addInitScript(
    ([language, size]) => {
      localStorage.setItem('qiao.language', language ?? '')
      localStorage.setItem('qiao.text', size ?? '')
    },
    [language, size],
  )
  const found: Record<string, Look> = {}
  for (const [path, ready] of SCREENS) {
    const { shown, violations, tooWide, small } = await look(path, ready)
    expect(shown).toBe(`${language} ${size}`)
    if (violations.length > 0 || tooWide > 0 || small.length > 0) found[path] = { shown, violations, tooWide, small }
  }
  expect(found).toEqual({})
})
