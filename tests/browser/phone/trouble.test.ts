/** A narrow line that breaks, a phone that is full, and somebody who reads English: the app goes on and says so. */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { limitStorage } from '../harness/chromium.ts'
import { Front } from '../harness/front.ts'
import { EDGE, LAN, Line } from '../harness/line.ts'
import { freshFolder } from '../harness/paths.ts'
import { livedIn, nativeDevice, village } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let line: Line
let colleague: NativeDevice
const apps: App[] = []
const year = new Date().getFullYear()

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  line = await Line.start(() => Number(new URL(front.url).port))
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(livedIn(150))
  await colleague.sync()
})

afterEach(async () => {
  line.profile = LAN
  line.open = true
  for (const app of apps.splice(0)) await app.close()
})

afterAll(async () => {
  await line?.stop()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

async function open(name: string): Promise<App> {
  const app = await App.open(join(folder.path, name), line.url)
  apps.push(app)
  return app
}

async function visitsOf(household: string): Promise<string[]> {
  await colleague.sync()
  const { value } = (await colleague.run(['get', `${household}.j${year}`])) as { value: { visits: Record<string, { found: string }> } }
  return Object.values(value.visits).map((visit) => visit.found)
}

test('a first load on EDGE is watched, cut, goes on where it was, and can be worked in before it ends', async () => {
  const app = await open('edge')
  // The app is whole on the phone before it leaves for the village.
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await app.ask(server, 'wang')
  line.profile = EDGE
  const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
  await server.operate('admin', 'approve', String(pending?.['device_id']), '--words-compared')
  await app.sees('正在接收本村资料')
  const done = async () => Number((await app.page.locator('.load-facts dd').first().innerText()).split('/')[0])
  await expect.poll(done).toBeGreaterThan(0)
  line.cut()
  await app.sees('现在没有网络。已收到的都保存好了')
  const held = await done()
  await app.tap('先看已收到的农户')
  await app.tap('农户')
  await app.comes('a household', app.page.locator('.hr').first())
  line.open = true
  await app.page.evaluate(() => window.dispatchEvent(new Event('online')))
  await app.comes('a complete sync', app.page.locator('.q-status[data-phase="complete"]'), 120_000)
  expect(held).toBeGreaterThan(0)
  await app.at('/households')
  await app.sees('共 150 户')
  // A visit goes out on the same line.
  await app.at('/visit/new?household=h3')
  await app.fill('了解到的情况', '信号很弱，也能上传。')
  await app.tap('保存走访')
  await app.tap('查看户档')
  await app.sync()
  expect(await visitsOf('h3')).toContain('信号很弱，也能上传。')
}, 240_000)

test('a full phone warns early, keeps what is typed, and saves it once there is room', async () => {
  const app = await open('full')
  await app.enrol(server, 'wang')
  await app.sync()
  const used = () => app.page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
  await expect.poll(used).toBeGreaterThan(2_500_000)
  line.cut()
  // The browser believes what it knew of the room left until nobody has the database open.
  const limit = async (bytes: number) => {
    await limitStorage(app.page, bytes)
    await app.page.goto('about:blank')
    await app.page.waitForTimeout(3_000)
    await app.at('/visit/new?household=h7')
  }
  await limit((await used()) - 1_000_000)
  await app.fill('了解到的情况', '满了还能写')
  await app.tap('保存走访')
  await app.tap('查看户档')
  await app.sees('手机空间快满了')
  await limit(1)
  await app.fill('了解到的情况', '先写不下')
  await app.tap('保存走访')
  await app.sees('手机存储空间已满，这一步没有保存')
  expect(await app.page.getByLabel('了解到的情况').inputValue()).toBe('先写不下')
  await limitStorage(app.page, 1_000_000_000)
  await expect
    .poll(
      async () => {
        const save = app.page.getByRole('button', { name: '保存走访' })
        if ((await save.count()) > 0) await save.click({ timeout: 2_000 }).catch(() => undefined)
        return app.page.getByRole('link', { name: '查看户档' }).count()
      },
      // The browser looks at its room again every half minute.
      { timeout: 90_000, interval: 2_000 },
    )
    .toBe(1)
  line.open = true
  await app.sync()
  expect(await visitsOf('h7')).toEqual(expect.arrayContaining(['满了还能写', '先写不下']))
}, 240_000)

test('in English a visit is written offline and sent, and no word of the app stays Chinese', async () => {
  const app = await open('english')
  await app.enrol(server, 'wang')
  await app.at('/me')
  await app.choose('English')
  await app.sees('Sync')
  line.cut()
  await app.at('/households')
  await app.page.getByRole('searchbox').fill('zq3')
  await app.tap(/赵强3/)
  await app.tap('New visit')
  await app.fill('What was found', '自来水管冻裂。')
  await app.tap('Save visit')
  await app.sees('Saved on this phone')
  line.open = true
  await app.at('/me/link')
  await app.tap('Sync now')
  await app.comes('a phone in step', app.page.locator('.q-status[data-phase="complete"]:not(:has(.q-status-badge))'))
  expect(await visitsOf('h3')).toContain('自来水管冻裂。')
  for (const path of ['me', 'me/link', 'me/lock', 'me/check', 'conflicts', 'returned']) {
    await app.at(`/${path}`)
    await app.comes(path, app.page.locator('main h1, main p, main button').first())
    const texts = await app.page.evaluate(() => document.querySelector('.page')?.textContent ?? '')
    const chinese = texts.replaceAll('中文', '').replaceAll('桥', '').match(/\p{Script=Han}+/gu)
    expect(chinese, path).toBeNull()
  }
}, 240_000)
