/** Every way a phone is not let in, or not any more: what its owner is told, and what is left on it. */
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, invite, nativeDevice, village } from '../harness/scene.ts'
import { NativeDevice, type QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'
import { faultsInEveryDress } from './look.ts'

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
  front.before = null
  for (const app of apps.splice(0)) await app.close()
  for (const device of await pending()) await server.operate('admin', 'deny', device)
})

afterAll(async () => {
  await front?.stop()
  await server?.stop()
  folder.remove()
})

let phones = 0
function profile(): string {
  phones += 1
  return join(folder.path, `profile-${phones}`)
}

async function open(at = profile(), options: Parameters<typeof App.open>[2] = {}): Promise<App> {
  const app = await App.open(at, front.url, options)
  apps.push(app)
  return app
}

async function letIn(): Promise<App> {
  const app = await open()
  await app.enrol(server, 'wang')
  return app
}

async function pending(): Promise<string[]> {
  const devices = await server.operate('admin', 'devices', '--status', 'pending', '--json')
  return devices.map((device) => String(device['device_id']))
}

/** Writes a remark into a household while there is no line. */
async function writeOutOfRange(app: App, household: string, remark: string): Promise<void> {
  front.line = 'cut'
  front.cut()
  await app.at(`/households/${household}/edit`)
  await app.fill('备注', remark)
  await app.save('保存 1 项修改')
}

/** What a database of the browser still holds, by store. */
function leftIn(app: App): Promise<Record<string, number>> {
  return app.page.evaluate(async () => {
    const open = indexedDB.open('qiao')
    const database = await new Promise<IDBDatabase>((resolve) => (open.onsuccess = () => resolve(open.result)))
    const counts: Record<string, number> = {}
    for (const name of database.objectStoreNames) {
      const ask = database.transaction(name).objectStore(name).count()
      counts[name] = await new Promise((resolve) => (ask.onsuccess = () => resolve(ask.result)))
    }
    database.close()
    return counts
  })
}

test('an invitation that was used, has expired or never was is told apart, each with what to do', async () => {
  const app = await open()
  const [used, expired] = [await invite(server, 'wang'), await invite(server, 'wang')]
  await new NativeDevice(join(folder.path, 'native-used')).run(['enrol', '--server', server.url, '--invite', used])
  await server.change('UPDATE invitations SET expires_ms = created_ms + 1 WHERE used_ms IS NULL')
  for (const [code, words, help] of [
    [used, '邀请码已被使用', '一个邀请码只能登记一台手机'],
    [expired, '邀请码已过期', '邀请码一般 24 小时内有效'],
    ['BBBB-BBBB', '邀请码', '登记这台手机'],
  ] as const) {
    await app.fill('邀请码', code)
    await app.tap('开始登记')
    await app.sees(words)
    await app.sees(help)
  }
  expect(await faultsInEveryDress(app, '.start')).toEqual({})
  // A line that is cut is no fault of the code.
  front.line = 'cut'
  await app.fill('邀请码', await invite(server, 'wang'))
  await app.tap('开始登记')
  await app.sees('登记需要网络，请到有信号的地方再试')
  front.line = 'open'
  await app.tap('开始登记')
  await app.sees('等待管理员批准')
  expect(await faultsInEveryDress(app, 'footer')).toEqual({})
})

test('a request without an invitation waits, and one that is denied says so and may ask again', async () => {
  const app = await open()
  await app.tap('没有邀请码，申请加入')
  await app.fill('姓名', '新来的')
  await app.fill('工作的村或单位', '黎明乡上坪村')
  await app.tap('提交申请')
  await app.sees('申请已交给')
  await server.operate('admin', 'deny', (await pending())[0] ?? '', '--reason', '请先到乡里报到')
  await app.sees('申请没有通过')
  await app.sees('请先到乡里报到')
  expect(await faultsInEveryDress(app, '.ended-next')).toEqual({})
  await app.tap('重新登记这台手机')
  await app.tap('清除')
  await app.sees('登记这台手机')
})

test('a phone that is revoked hands over what it has, destroys everything and says so', async () => {
  const app = await letIn()
  const { device } = app
  await writeOutOfRange(app, 'h2', '停用前写的')
  await server.operate('admin', 'revoke', device, '--reason', '调离')
  front.line = 'open'
  await app.at('/today')
  await app.sees('数据已清除')
  await app.page.reload()
  await app.sees('数据已清除')
  const left = await leftIn(app)
  expect(left['bodies'], JSON.stringify(left)).toBe(0)
  expect(left['pages']).toBe(0)
  expect(await app.page.getByText('赵强').count()).toBe(0)
  // It waits for the township to look at it, and is not lost.
  const waiting = await server.operate('admin', 'devices', '--json')
  expect(JSON.stringify(waiting)).toContain(device)
  expect(await faultsInEveryDress(app, '.ended-next')).toEqual({})
})

test('a phone that is lost while it is locked shows nothing, and is empty once it is heard of again', async () => {
  const app = await letIn()
  const { device } = app
  await setPin(app, '271828')
  await server.operate('admin', 'revoke', device, '--lost')
  await app.page.reload()
  await app.sees('请输入 PIN 码解锁')
  await typePin(app, '271828')
  await app.sees(/这台手机已报失|数据已清除/)
  await app.sees('数据已清除')
  expect(await app.page.getByText('赵强').count()).toBe(0)
})

test('a phone whose place another has taken says so', async () => {
  const app = await letIn()
  const { device } = app
  const [invitation] = await server.operate('admin', 'invite', 'wang', '--replaces', device, '--json')
  const other = await open()
  await other.fill('邀请码', String(invitation?.['code']))
  await other.tap('开始登记')
  await other.sees('等待管理员批准')
  await other.letIn(server)
  await app.at('/me/link')
  await app.sees(/已换到另一台手机|数据已清除/)
})

test('a phone whose storage was copied to another is stopped, and both say why', async () => {
  const app = await letIn()
  await app.sync()
  await app.close()
  apps.splice(0)
  const copied = profile()
  cpSync(app.profile, copied, { recursive: true })
  const first = await open(app.profile)
  await first.at('/households/h3/edit')
  await first.fill('备注', '原来的手机')
  await first.save('保存 1 项修改')
  await first.sync()
  await first.close()
  apps.splice(0)
  // The copy writes before it hears of what the first one wrote: two changes under one number.
  front.line = 'cut'
  const second = await open(copied)
  await writeOutOfRange(second, 'h3', '复制的手机')
  front.line = 'open'
  await second.at('/me/link')
  // As soon as the server says so: not after the wait for a server that cannot be used.
  await second.sees('发现重复的设备', 20_000)
  expect(await faultsInEveryDress(second, '.ended-next')).toEqual({})
  await second.close()
  apps.splice(0)
  const original = await open(app.profile)
  await original.sees('发现重复的设备')
  // What the right one had handed over before stays.
  await colleague.sync()
  expect(await colleague.run(['get', 'h3'])).toMatchObject({ value: { remark: '原来的手机' } })
})

test('beyond the offline grace nothing is shown but a visit can be written, and one contact brings all back', async () => {
  // Another clock is put before the worker's script: no service worker may answer for it.
  const app = await open(profile(), { serviceWorkers: 'block' })
  await app.enrol(server, 'wang')
  await app.sync()
  front.line = 'cut'
  front.cut()
  front.before = { path: /assets\/main-/, script: 'const now = Date.now; Date.now = () => now() + 15 * 86400000;\n' }
  await app.at('/households')
  await app.sees('太久没有联系服务器')
  expect(await app.page.getByText('赵强').count()).toBe(0)
  expect(await faultsInEveryDress(app, 'footer')).toEqual({})
  await app.tap('先记一次走访')
  await app.fill('了解到的情况', '半个月没信号，先记下来。')
  await app.tap('先写到这里')
  await app.sees('草稿留在本机')
  await app.at('/households')
  await app.sees('太久没有联系服务器')
  front.line = 'open'
  await app.tap('现在同步')
  await app.comes('the list', app.page.locator('.hr').first())
  await app.sees('走访还没有选农户')
})

async function setPin(app: App, pin: string): Promise<void> {
  await app.at('/me/lock')
  await app.page.locator('.lock-method').first().click()
  await app.fill('新 PIN 码', pin)
  await app.fill('再输一遍', pin)
  await app.tap('保存')
  await app.sees('应用锁已设置')
}

async function typePin(app: App, pin: string): Promise<void> {
  for (const digit of pin) await app.tap(digit)
  await app.tap('解锁')
}

test('wrong PINs are counted over restarts and make one wait; the files of a locked phone say nothing of anybody', async () => {
  const app = await letIn()
  await app.openHousehold('zq3', '赵强3')
  await app.at('/visit/new?household=h3')
  await app.fill('了解到的情况', '屋顶漏水，缺冬衣')
  await app.page.waitForTimeout(1_000)
  await setPin(app, '271828')
  await app.tap('现在锁定')
  await app.sees('请输入 PIN 码解锁')
  expect(await faultsInEveryDress(app, '.pin')).toEqual({})
  for (const wrong of ['000001', '000002']) {
    await typePin(app, wrong)
    await app.sees(/不对|不正确|错/)
  }
  await app.page.reload()
  await app.sees('之前输错过 2 次')
  await typePin(app, '000003')
  await app.sees('已输错 3 次')
  expect(await app.page.getByRole('button', { name: '5', exact: true }).isDisabled()).toBe(true)
  await app.close()
  apps.splice(0)
  const files = allFiles(app.profile)
  expect(files.length).toBeGreaterThan(5)
  for (const text of ['赵强3', '屋顶漏水', '522701197001010003', '13800000003', 'householder']) {
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const needle = Buffer.from(text, encoding)
      const found = files.filter((file) => file.bytes.includes(needle)).map((file) => file.path)
      // The app itself names fields; it holds no data.
      expect(found.filter((path) => !/Cache|Code/.test(path)), `${text} ${encoding}`).toEqual([])
    }
  }
  const again = await open(app.profile)
  await again.sees('已输错 3 次')
  await again.seesNo('已输错 3 次', 90_000)
  await typePin(again, '271828')
  await again.comes('today', again.page.locator('.today-counts'))
}, 240_000)

function allFiles(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return []
    if (stat.isDirectory()) return allFiles(path)
    return stat.isFile() ? [{ path, bytes: readFileSync(path) }] : []
  })
}
