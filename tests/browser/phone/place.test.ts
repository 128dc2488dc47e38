/** Finding a household by anybody who lives there, with a thumb, and saying where it is without typing. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

/** What a thumb hits. */
const TARGET_PX = 44
const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(5))
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

test('a search says which member it found, and nothing where it found the householder', async () => {
  await app.at('/households')
  // The second member of household 1; its householder is called 王芳1.
  await app.page.getByRole('searchbox').fill('磊1')
  await app.sees('家庭成员：磊1')
  await app.page.getByRole('searchbox').fill('王芳1')
  await app.seesNo(/家庭成员：/)
  await app.comes('the household', app.page.getByRole('link').filter({ hasText: '王芳1' }))
})

test('chips of the filter are as large as a thumb', async () => {
  await app.at('/households')
  const chips = app.page.locator('.fc-chip')
  await app.comes('the chips', chips.first())
  for (const chip of await chips.all()) expect((await chip.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(TARGET_PX)
})

test('a position is asked for only on a tap, and comes with how exact it is', async () => {
  await app.context.grantPermissions(['geolocation'])
  await app.context.setGeolocation({ latitude: 25.0406, longitude: 102.7123, accuracy: 12 })
  await app.at('/households/h2/edit')
  await app.sees('用我现在的位置')
  const latitude = app.page.getByLabel(/纬度/)
  expect(await latitude.inputValue()).toBe('')
  await app.tap('用我现在的位置')
  await app.sees('误差约 12 米')
  expect((await latitude.inputValue()).replace(/\D/g, '')).toBe('25040600')
  await app.save('保存 2 项修改')
})

test('who does not allow it is told, and types on', async () => {
  await app.context.clearPermissions()
  await app.at('/households/h3/edit')
  await app.tap('用我现在的位置')
  await app.sees(/没有允许使用位置|没有取到位置/, 90_000)
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
