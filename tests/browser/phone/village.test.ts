/** The village on a phone: what it is like, its notices, its team, and who is responsible for whom. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App
let committee: NativeDevice
let colleague: NativeDevice

const PROFILE = [
  { op: 'set', path: ['secretary_name'], value: '李国强' },
  { op: 'set', path: ['industries'], value: '茶叶、刺梨' },
]
const NOTICE = {
  category: '低保公示',
  title: '关于低保对象的公示',
  text: '经审核，拟确认下列家庭。',
  posted_from: '2026-11-01',
  posted_until: '2036-11-08',
  contact: '乡民政办 0854-1234567',
}

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li', 'town'])
  for (const [id, name] of [
    ['U1', '县水务局'],
    ['U2', '县农业农村局'],
  ] as const)
    await server.operate('admin', 'unit', 'add', '--id', id, '--name', name, '--county', 'C1')
  await server.operate('admin', 'person', 'add', '--id', 'chen', '--name', '陈志明', '--role', 'unit', '--unit', 'U2')
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const town = await nativeDevice(server, folder.path, 'town')
  await town.apply([{ doc: VILLAGE, ops: [{ op: 'add', path: ['notices'], value: NOTICE }] }])
  await town.sync()
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply([...households(520), { doc: VILLAGE, ops: PROFILE }])
  await colleague.sync()
  await server.operate('admin', 'pair', 'add', 'U1', '--village', VILLAGE)
  for (const household of ['h3', 'h519']) {
    await server.operate('admin', 'pair', 'add', 'U2', '--household', household, '--person', 'chen')
    await colleague.apply([{ doc: household, ops: [{ op: 'set', path: ['cadre_name'], value: '陈志明' }] }])
  }
  await colleague.sync()
  await server.operate('admin', 'person', 'add', '--id', 'zhou', '--name', '周主任', '--role', 'committee', '--places', VILLAGE)
  committee = await nativeDevice(server, folder.path, 'zhou')
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
}, 300_000)

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test('its notices are told as new until they are read, and say where they hang', async () => {
  await app.at('/village')
  await app.sees(NOTICE.title)
  expect(await app.page.locator('.village-dot[data-new]').count()).toBe(1)
  await app.tap(/关于低保对象的公示/)
  await app.sees(NOTICE.text)
  await app.sees('如有异议，请反映：乡民政办 0854-1234567')
  // The committee says where it hangs.
  const { value } = (await committee.run(['get', VILLAGE])) as { value: { notices: object } }
  const posting = { notice: Object.keys(value.notices)[0], posted_on: '2026-11-02', where: '村委会公示栏' }
  await committee.apply([{ doc: VILLAGE, ops: [{ op: 'add', path: ['postings'], value: posting }] }])
  await committee.sync()
  await app.sees(/已张贴 村委会公示栏/)
  await app.back()
  await app.sees('已张贴')
  expect(await app.page.locator('.village-dot[data-new]').count()).toBe(0)
})

test('its team is the one of the register, whoever comes later too', async () => {
  await app.sees('驻村工作队')
  for (const name of ['wang', 'li']) await app.comes(name, app.page.locator('.person').filter({ hasText: name }))
  await server.operate('admin', 'person', 'add', '--id', 'zhao', '--name', '赵新来', '--role', 'team', '--places', VILLAGE)
  await app.comes('the new one', app.page.locator('.person').filter({ hasText: '赵新来' }))
})

test('who is responsible for whom is told by unit and by cadre, over every household of a large village', async () => {
  const unit = app.page.locator('.q-row').filter({ hasText: '县水务局' })
  await app.comes('the unit of the village', unit)
  expect(await unit.innerText()).toContain('帮扶全村')
  for (const name of ['县农业农村局', '陈志明']) {
    const one = app.page.locator('details').filter({ hasText: name })
    await one.locator('summary').click()
    await app.comes(`the last household of ${name}`, one.getByRole('link', { name: /519$/ }))
    expect(await one.getByRole('link').count(), name).toBe(2)
    expect(await one.innerText()).toContain('2 户')
    expect(await one.innerText()).not.toContain('未收到的户')
  }
  await app.page.locator('details').filter({ hasText: '陈志明' }).getByRole('link').first().click()
  await app.comes('the file', app.page.locator('.hc'))
  await app.back()
})

test('what it is like is read by all and changed where the role may', async () => {
  await app.at('/village')
  await app.sees('李国强')
  await app.tap('修改')
  await app.fill('主要产业', '茶叶、刺梨、辣椒')
  await app.save('保存 1 项修改')
  await app.sees('茶叶、刺梨、辣椒')
  await app.sync()
  await colleague.sync()
  expect(await colleague.run(['get', VILLAGE])).toMatchObject({ value: { industries: '茶叶、刺梨、辣椒' } })
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
