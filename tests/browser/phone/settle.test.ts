/** What two people wrote at once, what a phone wrote after it was moved, and what the server refused. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'
import { Office } from './office.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let office: Office
let colleague: NativeDevice
let app: App

/** Another village, for people who are moved. */
const ELSEWHERE = 'V2'

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li', 'zhao'])
  await server.operate('admin', 'place', 'add', ELSEWHERE, '--level', 'village', '--name', ELSEWHERE, '--parent', 'T1')
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  office = await Office.open(server)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(20))
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

function outOfRange(): void {
  front.line = 'cut'
  front.cut()
}

async function valueOf(doc: string): Promise<Record<string, unknown>> {
  await colleague.sync()
  return ((await colleague.run(['get', doc])) as { value: Record<string, unknown> }).value
}

/** Writes the telephone number of a household through the form. */
async function writePhone(household: string, number: string): Promise<void> {
  await app.at(`/households/${household}/edit`)
  await app.fill('联系电话', number)
  await app.save('保存 1 项修改')
}

test('two telephone numbers written at once are shown side by side, with who wrote them', async () => {
  outOfRange()
  await colleague.apply([{ doc: 'h4', ops: [{ op: 'set', path: ['phone'], value: '13100000001' }] }])
  await colleague.sync()
  await writePhone('h4', '13100000002')
  front.line = 'open'
  await app.sync()
  await app.at('/households/h4')
  await app.tap(/1 处内容不一致/)
  await app.sees('13100000001')
  await app.sees('13100000002')
  const sides = await app.page.locator('.cc-who').allInnerTexts()
  expect(sides.some((side) => side.startsWith('我'))).toBe(true)
  expect(sides.some((side) => side.startsWith('li'))).toBe(true)
})

test('a choice can be taken back, and the next one settles it everywhere', async () => {
  await app.tap(/保留这个：13100000002/)
  await app.sees('保留：13100000002')
  await app.tap('撤销')
  await app.tap(/保留这个：13100000001/)
  await app.sees('没有要选定的内容')
  await app.sync()
  expect((await valueOf('h4'))['phone']).toBe('13100000001')
  expect(JSON.stringify(await colleague.run(['conflicts']))).not.toContain('h4')
})

test('an edit that the role may not make any more comes back with its reason, and is sent again once it may', async () => {
  outOfRange()
  await office.move('wang', { role: 'village_cadre' })
  await writePhone('h5', '13100000005')
  front.line = 'open'
  await app.at('/returned')
  await app.sees('您的身份不能填写这一项', 60_000)
  await app.tap(/显示证件、电话/)
  await app.sees('13100000005')
  expect((await valueOf('h5'))['phone']).not.toBe('13100000005')
  expect(await app.page.getByRole('button', { name: '重新提交' }).count()).toBe(0)

  await office.move('wang', { role: 'team' })
  await app.sync()
  await app.at('/returned')
  await app.tap('重新提交')
  await app.sees('没有被退回的修改')
  await app.sync()
  expect((await valueOf('h5'))['phone']).toBe('13100000005')
})

test('one that is not wanted any more is let go after asking', async () => {
  outOfRange()
  await office.move('wang', { role: 'village_cadre' })
  await writePhone('h6', '13100000006')
  front.line = 'open'
  await app.at('/returned')
  await app.sees('您的身份不能填写这一项', 60_000)
  await app.tap('不要了')
  await app.page.getByRole('dialog').getByRole('button', { name: '不要了' }).click()
  await app.sees('没有被退回的修改')
  await office.move('wang', { role: 'team' })
  await app.sync()
  expect((await valueOf('h6'))['phone']).not.toBe('13100000006')
})

test('a household moved to another village while the phone was away leaves it, and what was written arrives', async () => {
  const town = await nativeDevice(server, folder.path, 'town').catch(async () => {
    await server.operate('admin', 'person', 'add', '--id', 'town', '--name', 'town', '--role', 'township', '--places', 'T1')
    return nativeDevice(server, folder.path, 'town')
  })
  outOfRange()
  await town.apply([{ doc: 'h7', ops: [{ op: 'set', path: ['village'], value: ELSEWHERE }] }])
  await town.sync()
  await writePhone('h7', '13100000007')
  front.line = 'open'
  await app.sync()
  await app.at('/households')
  await app.page.getByRole('listitem').first().waitFor()
  await app.sees('共 19 户')
  await town.sync()
  const moved = (await town.run(['get', 'h7'])) as { value: Record<string, unknown> }
  expect(moved.value).toMatchObject({ village: ELSEWHERE, phone: '13100000007' })
})

test('a person moved to another village keeps nothing of the old one on screen', async () => {
  outOfRange()
  await office.move('wang', { places: [ELSEWHERE] })
  front.line = 'open'
  await app.sync()
  await app.at('/households')
  await app.sees('共 1 户')
  await office.move('wang', { places: [VILLAGE] })
  await app.sync()
  await app.at('/households')
  await app.sees('共 19 户')
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
