/** A new phone works at once: what is written down before it is let in finds its household afterwards. */
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
const year = new Date().getFullYear()

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(12))
  await colleague.sync()
  app = await App.open(join(folder.path, 'profile'), front.url)
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test('while it waits, a visit is written down and nothing of others is shown', async () => {
  await app.ask(server, 'wang')
  await app.tap('先记一次走访')
  await app.sees('现在看不到农户名单')
  await app.choose('户主在家')
  await app.fill('了解到的情况', '第一天到村，先看了三组。')
  await app.tap('先写到这里')
  await app.sees('草稿留在本机')
})

test('it survives a killed browser, and is given its household once the phone is let in', async () => {
  await app.killAndReopen('/')
  await app.sees('等待管理员批准')
  await app.letIn(server)
  await app.at('/households')
  await app.tap(/走访还没有选农户/)
  expect(await app.page.getByLabel('了解到的情况').inputValue()).toBe('第一天到村，先看了三组。')
  await app.tap('选择农户')
  await app.page.getByRole('searchbox').fill('zq3')
  await app.tap(/赵强3/)
  await app.tap('保存走访')
  // The draft is put away before the form goes.
  await app.page.getByRole('button', { name: '保存走访' }).waitFor({ state: 'detached' })
  await app.sees('赵强3')
  await app.sync()
  await colleague.sync()
  const { value } = (await colleague.run(['get', `h3.j${year}`])) as { value: { visits: Record<string, object> } }
  expect(Object.values(value.visits)).toEqual([expect.objectContaining({ author: 'wang', found: '第一天到村，先看了三组。' })])
  await app.at('/households')
  await app.page.getByRole('listitem').first().waitFor()
  expect(await app.page.getByText('走访还没有选农户').count()).toBe(0)
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
