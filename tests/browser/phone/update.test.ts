/** A newer app comes while something is unsent and something is being written: nothing is lost, nobody is interrupted. */
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let colleague: NativeDevice
let app: App
let older = ''
let newer = ''

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  older = await buildApp()
  newer = nextVersion(older)
  front = await Front.start(older, () => server.port, APP_HEADERS)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(12))
  await colleague.sync()
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
  // The first version is whole on the phone, and answers for every page from the next one on.
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

/** The next version of a built app: every script has another name, and its page says which version it is. */
function nextVersion(built: string): string {
  const next = join(folder.path, 'newer')
  cpSync(built, next, { recursive: true })
  const names = readdirSync(join(next, 'assets')).filter((name) => /\.(js|css)$/.test(name))
  const renamed = names.map((name) => [name, name.replace(/\.(js|css)$/, '2.$1')] as const)
  for (const [name, to] of renamed) renameSync(join(next, 'assets', name), join(next, 'assets', to))
  const texts = [...renamed.map(([, to]) => join('assets', to)), 'index.html', 'sw.js']
  for (const path of texts) {
    let text = readFileSync(join(next, path), 'utf8')
    for (const [name, to] of renamed) text = text.replaceAll(name, to)
    if (path === 'index.html') text = text.replace('<head>', '<head><meta name="version" content="newer">')
    // The list of what is kept names the page by its content.
    if (path === 'sw.js') text = text.replace(/"revision":"[0-9a-f]{32}","url":"index\.html"/, '"revision":"newer","url":"index.html"')
    writeFileSync(join(next, path), text)
  }
  return next
}

function isNewer(): Promise<boolean> {
  return app.page.evaluate(() => document.querySelector('meta[name="version"]') !== null)
}

/** The browser looks for a newer app and has it whole. */
async function newerArrives(): Promise<void> {
  expect(await app.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await app.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  await app.page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting !== null)
}

function outOfRange(): void {
  front.line = 'cut'
  front.cut()
}

async function valueOf(doc: string): Promise<Record<string, unknown>> {
  await colleague.sync()
  return ((await colleague.run(['get', doc])) as { value: Record<string, unknown> }).value
}

test('while something is being written a newer app is not offered, and what was written goes out from the old one', async () => {
  outOfRange()
  await app.at('/households/h3/edit')
  await app.fill('备注', '旧版本写的')
  front.pages = newer
  await newerArrives()
  expect(await app.page.getByText('新版本已准备好').count()).toBe(0)
  await app.save('保存 1 项修改')
  await app.sees('新版本已准备好')
  await app.tap('以后')
  front.line = 'open'
  await app.sync()
  expect(await isNewer()).toBe(false)
  expect((await valueOf('h3'))['remark']).toBe('旧版本写的')
})

test('pages never opened before open from the old app, whose files the server has no more', async () => {
  outOfRange()
  for (const [path, words] of [
    ['/me/about', '资料在哪里'],
    ['/village', '村情'],
  ] as const) {
    await app.at(path)
    await app.sees(words)
  }
  expect(await isNewer()).toBe(false)
})

test('what was not sent when the newer app takes over is there after it, and goes out', async () => {
  await app.at('/households/h4/edit')
  await app.fill('备注', '更新前写的')
  await app.save('保存 1 项修改')
  await app.at('/households/h5/edit')
  await app.fill('备注', '写了一半')
  await app.page.waitForTimeout(1_000)
  await app.at('/today')
  await app.sees('新版本已准备好')
  await app.tap('更新')
  await expect.poll(isNewer).toBe(true)
  await app.comes('one unsent', app.page.locator('.q-status-badge'))
  await app.sees(/继续修改/)
  await app.at('/households/h4')
  await app.sees('更新前写的')
  front.line = 'open'
  await app.sync()
  expect((await valueOf('h4'))['remark']).toBe('更新前写的')
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
