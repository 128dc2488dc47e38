/** Unlocking by what the phone itself recognises its owner by, on a virtual authenticator with the PRF extension. */
import { join } from 'node:path'
import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const PIN = '271828'
const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App
let cdp: CDPSession
let authenticatorId: string

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'zhao'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const neighbour = await nativeDevice(server, folder.path, 'zhao')
  await neighbour.apply(households(3))
  await neighbour.sync()
  // Credentials belong to a name; an address of numbers has none.
  app = await App.open(join(folder.path, 'wang'), front.url.replace('127.0.0.1', 'localhost'))
  cdp = await app.context.newCDPSession(app.page)
  await cdp.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2' as const,
    ctap2Version: 'ctap2_1' as const,
    transport: 'internal' as const,
    hasResidentKey: true,
    hasUserVerification: true,
    hasPrf: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  }
  ;({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options }))
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

/** On the page of the lock. */
async function turnOn(pin: string): Promise<void> {
  await app.tap(/^指纹、面容或手机锁屏/)
  await app.fill('现在的 PIN 码或口令', pin)
  await app.tap('开启')
}

/** Starting anew locks it. */
async function startAnew(): Promise<void> {
  await app.page.reload()
  await app.sees('请输入 PIN 码解锁')
}

async function typePin(): Promise<void> {
  for (const digit of PIN) await app.tap(digit)
  await app.tap('解锁')
}

const BY_PHONE = '用指纹、面容或手机锁屏解锁'

test('it stands beside a PIN and never alone, and is turned on only by who knows the PIN', async () => {
  await app.at('/me/lock')
  await app.sees('不设锁')
  expect(await app.text('指纹、面容或手机锁屏').count()).toBe(0)
  await app.tap(/^PIN 码/)
  await app.fill('新 PIN 码', PIN)
  await app.fill('再输一遍', PIN)
  await app.tap('保存')
  await app.sees('应用锁已设置')
  await turnOn('314159')
  await app.sees('密码不正确')
  await startAnew()
  expect(await app.page.getByRole('button', { name: BY_PHONE }).count()).toBe(0)
  await typePin()
  await turnOn(PIN)
  await app.sees('已开启')
})

test('the phone’s own unlocking opens it, after locking and after the app was started anew', async () => {
  await app.tap('现在锁定')
  await app.tap(BY_PHONE)
  await app.sees('多久不用自动锁定')
  await startAnew()
  await app.tap(BY_PHONE)
  await app.sees('多久不用自动锁定')
  await app.tap('返回')
  await app.tap('农户')
  await app.comes('a household', app.page.getByRole('listitem').first())
})

test('somebody it does not recognise stays outside, no try counts as wrong, and the PIN is the way back', async () => {
  await app.at('/me/lock')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await app.tap(BY_PHONE)
  await app.page.getByRole('button', { name: BY_PHONE }).and(app.page.locator(':enabled')).waitFor()
  await app.sees('请输入 PIN 码解锁')
  expect(await app.text(/输错过/).count()).toBe(0)
  await typePin()
  await app.sees('多久不用自动锁定')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
})

test('another credential of the phone opens nothing, and another PIN ends it', async () => {
  await startAnew()
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  expect(credentials.length).toBeGreaterThan(0)
  await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
  await app.tap(BY_PHONE)
  await app.page.getByRole('button', { name: BY_PHONE }).and(app.page.locator(':enabled')).waitFor({ timeout: 90_000 })
  await app.sees('请输入 PIN 码解锁')
  await typePin()
  await app.sees('多久不用自动锁定')
  await app.tap('修改')
  await app.fill('现在的 PIN 码或口令', PIN)
  await app.fill('新 PIN 码', '161803')
  await app.fill('再输一遍', '161803')
  await app.tap('保存')
  await app.sees('应用锁已设置')
  await startAnew()
  expect(await app.page.getByRole('button', { name: BY_PHONE }).count()).toBe(0)
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
