/** What is not sent yet stands in the way of clearing a phone, and a report for support names nobody. */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
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
const apps: App[] = []

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(8))
  await colleague.sync()
})

afterEach(async () => {
  front.line = 'open'
  for (const app of apps.splice(0)) await app.close()
})

afterAll(async () => {
  await front?.stop()
  await server?.stop()
  folder.remove()
})

async function open(name: string): Promise<App> {
  const app = await App.open(join(folder.path, name), front.url)
  apps.push(app)
  return app
}

/** Two changes that no server has seen. */
async function writeTwo(app: App, remark: string): Promise<void> {
  front.line = 'cut'
  front.cut()
  for (const household of ['h2', 'h3']) {
    await app.at(`/households/${household}/edit`)
    await app.fill('备注', remark)
    await app.save('保存 1 项修改')
  }
}

test('a report for support is made right after the first load and at any time, and names nobody', async () => {
  const app = await open('report')
  await app.enrol(server, 'wang')
  for (let time = 0; time < 3; time++) {
    await app.at('/me/link')
    await app.tap('同步报告')
    await app.comes('the report', app.page.locator('.link-text'), 10_000)
  }
  await app.openHousehold('zq3', '赵强3')
  await writeTwo(app, '报告之前写的')
  await app.at('/me/link')
  await app.comes('no line', app.page.locator('.q-status[data-phase="offline"]'))
  await app.tap('同步报告')
  const report = await app.page.locator('.link-text').innerText()
  for (const fact of [/app: \S+/, /stage: ready/, /phase: offline/, /unsent: 2/, /documents: \d+/, /problem: unreachable/]) expect(report).toMatch(fact)
  // Names, numbers, places and what was written stay on the phone.
  expect(report).not.toMatch(/\p{Script=Han}/u)
  for (const said of ['wang', 'V1', 'h2', 'h3', '13800000003', '52270119700101']) expect(report).not.toContain(said)
  await app.page.evaluate(() => {
    Object.defineProperty(navigator, 'share', { value: (said: ShareData) => ((window as unknown as { shared: unknown }).shared = said.text) })
  })
  await app.tap('转发或复制')
  expect(await app.page.evaluate(() => (window as unknown as { shared: unknown }).shared)).toBe(report)
})

test('clearing asks for the number of what is unsent, and is a matter of one touch once all is sent', async () => {
  const app = await open('leaving')
  await app.enrol(server, 'wang')
  await writeTwo(app, '要发出去的')
  await app.at('/me')
  await app.tap('清除这台手机上的数据')
  await app.sees('有 2 条记录还没有上传')
  const clear = app.page.getByRole('button', { name: '放弃 2 条记录并清除' })
  expect(await clear.isDisabled()).toBe(true)
  await app.fill(/请输入未上传的条数/, '1')
  expect(await clear.isDisabled()).toBe(true)
  await app.tap('不清除')
  // One more is written in another window while the question stands: the number that was typed no longer holds.
  await app.tap('清除这台手机上的数据')
  await app.fill(/请输入未上传的条数/, '2')
  expect(await clear.isDisabled()).toBe(false)
  const other = await app.context.newPage()
  await other.goto(`${front.url}/households/h4/edit`)
  await other.getByLabel('备注').fill('另一个窗口写的')
  await other.getByRole('button', { name: '保存 1 项修改' }).click()
  await app.sees('有 3 条记录还没有上传')
  expect(await app.page.getByRole('button', { name: '放弃 3 条记录并清除' }).isDisabled()).toBe(true)
  await other.close()
  await app.tap('不清除')
  front.line = 'open'
  await app.sync()
  expect(await colleagueSees('h2')).toBe('要发出去的')
  await app.at('/me')
  await app.tap('清除这台手机上的数据')
  expect(await app.page.getByLabel(/请输入未上传的条数/).count()).toBe(0)
  await app.tap('清除')
  await app.sees('登记这台手机')
})

test('whoever gives up what is unsent says so in its number, and nothing stays behind', async () => {
  const app = await open('giving-up')
  await app.enrol(server, 'wang')
  await writeTwo(app, '要放弃的')
  await app.at('/me')
  await app.tap('清除这台手机上的数据')
  await app.fill(/请输入未上传的条数/, '2')
  await app.tap('放弃 2 条记录并清除')
  await app.sees('登记这台手机')
  await app.page.reload()
  await app.sees('登记这台手机')
  expect(await app.page.getByText('赵强').count()).toBe(0)
})

test('a locked phone whose PIN is forgotten cannot count, and asks for a word instead', async () => {
  const app = await open('forgotten')
  await app.enrol(server, 'wang')
  await writeTwo(app, '锁定之前写的')
  await app.at('/me/lock')
  await app.page.locator('.lock-method').first().click()
  await app.fill('新 PIN 码', '271828')
  await app.fill('再输一遍', '271828')
  await app.tap('保存')
  await app.sees('应用锁已设置')
  await app.tap('现在锁定')
  await app.sees('请输入 PIN 码解锁')
  await app.tap(/忘记/)
  await app.tap(/清除/)
  await app.sees('锁着的时候数不出还有多少条没有上传')
  const clear = app.page.locator('dialog').getByRole('button', { name: '清除', exact: true })
  expect(await clear.isDisabled()).toBe(true)
  await app.fill(/请输入：清除/, '清除')
  await clear.click()
  await app.sees('登记这台手机')
})

async function colleagueSees(household: string): Promise<unknown> {
  await colleague.sync()
  return ((await colleague.run(['get', household])) as { value: { remark: string } }).value.remark
}
