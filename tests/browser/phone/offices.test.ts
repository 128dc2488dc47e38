/** What offices let the people in the village know: that a need has been looked at, and why a phone was not let in. */
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
let neighbour: NativeDevice
let app: App

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'town', 'zhao'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  neighbour = await nativeDevice(server, folder.path, 'zhao')
  await neighbour.apply(households(1))
  await neighbour.sync()
  app = await App.open(join(folder.path, 'wang'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test('a need says that it is on this phone, then on the server with the time, then seen by the township with the time', async () => {
  const need = { new: 'need', household: 'h1', id: 'h1.nfix', value: { title: '修水管', state: 'open', raised_on: '2026-03-01' } }
  await neighbour.apply([need])
  await neighbour.sync()
  await app.sync()
  await app.at('/needs/h1.nfix')
  await app.sees(/已到服务器/)
  front.line = 'cut'
  front.cut()
  await app.at('/needs/h1.nfix/edit')
  await app.fill('诉求内容', '冬季冻裂')
  await app.save('保存 1 项修改')
  await app.at('/needs')
  const row = app.page.getByRole('link').filter({ hasText: '修水管' })
  await app.comes('a mark of this phone', row.getByText('在本机'))
  front.line = 'open'
  await app.sync()
  await app.at('/needs')
  await app.comes('a mark of the server with its time', row.getByText(/已到服务器 (.* )?\d\d:\d\d/))

  const office = await App.open(join(folder.path, 'town'), front.url)
  await office.enrol(server, 'town')
  await office.at('/needs/h1.nfix')
  await office.sees(/乡镇已查看/)
  await office.sync()
  // Looking again, and another time on the same day, says nothing more.
  await office.at('/needs/h1.nfix')
  await office.sees(/乡镇已查看/)
  await office.sync()
  expect(office.errors).toEqual([])
  await office.close()

  await app.sync()
  await app.at('/needs')
  await app.comes('a mark of the township with its time', row.getByText(/乡镇已查看 (.* )?\d\d:\d\d/))
  await app.at('/needs/h1.nfix')
  await app.sees(/乡镇已查看 (.* )?\d\d:\d\d/)
  await neighbour.sync()
  const held = (await neighbour.run(['get', 'h1.nfix'])) as { value: { seen: Record<string, Record<string, unknown>> } }
  expect(Object.values(held.value.seen)).toMatchObject([{ by: 'town', office: 'township' }])
})

test('who was not let in reads why, in the words of whoever decided', async () => {
  const refused = await App.open(join(folder.path, 'zhao'), front.url)
  await refused.ask(server, 'zhao')
  const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
  await server.operate('admin', 'deny', String(pending?.['device_id']), '--reason', '请到乡镇办公室当面登记')
  await refused.sees('请到乡镇办公室当面登记', 60_000)
  // Read once, they stay, also without the server.
  front.line = 'cut'
  front.cut()
  await refused.page.reload()
  await refused.sees('请到乡镇办公室当面登记')
  front.line = 'open'
  expect(refused.errors).toEqual([])
  await refused.close()
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
