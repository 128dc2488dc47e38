/** What was typed before a browser was killed is there again, whatever was being written and however fast. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(3))
  const need = { title: '修水管', state: 'answered', result: '已更换管道', raised_on: '2026-03-01' }
  await colleague.apply([{ new: 'need', household: 'h1', id: 'h1.nfix', value: need }])
  await colleague.sync()
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test('dictation that never pauses is kept as it goes on', async () => {
  await app.at('/visit/new?household=h2')
  const box = app.page.getByLabel('了解到的情况')
  await box.focus()
  const until = Date.now() + 4_000
  let said = ''
  while (Date.now() < until) {
    await app.page.keyboard.insertText('说')
    said += '说'
    await app.page.waitForTimeout(100)
  }
  await app.killAndReopen('/')
  await app.tap(/继续写走访/)
  await app.sees('已找回')
  const found = await app.page.getByLabel('了解到的情况').inputValue()
  // The last two seconds may be missing, what came before may not.
  expect(found.length).toBeGreaterThan(said.length / 4)
  expect(said.startsWith(found)).toBe(true)
})

test('leaving a field keeps it, without any pause', async () => {
  await app.at('/households/h3/edit')
  await app.fill('联系电话', '13100000003')
  await app.page.getByLabel('联系电话').blur()
  await app.page.waitForTimeout(150)
  await app.killAndReopen('/')
  await app.tap(/继续修改/)
  await app.comes('the number', app.page.getByLabel('联系电话'))
  expect(await app.page.getByLabel('联系电话').inputValue()).toBe('13100000003')
})

test('what was being said about a need is taken up where it was left, and is gone once it is done', async () => {
  await app.at('/needs/h1.nfix')
  await app.tap('没有解决')
  const reason = () => app.page.getByRole('dialog').getByRole('textbox').first()
  await reason().fill('水压还是不够')
  await app.page.waitForTimeout(1_000)
  await app.killAndReopen('/')
  await app.tap(/继续办理诉求/)
  await app.comes('the sheet', reason())
  await expect.poll(() => reason().inputValue()).toBe('水压还是不够')
  await app.page.getByRole('dialog').getByRole('button').last().click()
  await app.page.getByRole('dialog').waitFor({ state: 'detached' })
  await app.sees('水压还是不够')
  await app.at('/')
  await app.sees('今日')
  await app.page.waitForTimeout(500)
  expect(await app.page.getByText('继续办理诉求').count()).toBe(0)
})

test('forms that were only looked at leave nothing to be found', async () => {
  const forms = ['h1/assistance/new', 'h1/members/new', 'h1/income/2026', 'h1/guarantees', 'h1/edit']
  for (const time of [1, 2]) {
    for (const form of forms) {
      await app.at(`/households/${form}`)
      await app.comes(`${form}, time ${time}`, app.page.locator('.fi, .chips').first())
      await app.page.waitForTimeout(1_000)
      expect(await app.page.locator('.draft').count(), `${form}, time ${time}`).toBe(0)
    }
  }
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
