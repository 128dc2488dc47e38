// The device's host outside a browser, where its clock can be set: against the real server, on an IndexedDB in memory.
import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientEvent, HouseholdRow, Page, Stage, SyncState } from '../../../web/sync-client/src/api.ts'
import { Host } from '../../../web/sync-client/src/worker/host.ts'
import { engineModule } from '../../../web/sync-client/src/engine/wasm.ts'
import { initSync } from '../../../web/wasm-pkg/qiao.js'
import { freshFolder, ROOT } from '../harness/paths.ts'
import { approve, households, invite, nativeDevice, village } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'

const DAY_MS = 86_400_000
const folder = freshFolder()
let server: QiaoServer
let aheadMs = 0
let calls = 0
let events: ClientEvent[] = []
let host: Host

beforeAll(async () => {
  initSync({ module: readFileSync(join(ROOT, 'web/wasm-pkg/qiao_bg.wasm')) })
  // No live connection here: every contact is one exchange that the test asks for.
  globalThis.WebSocket = class {
    onerror: (() => void) | null = null
    readyState = 3
    bufferedAmount = 0
    constructor() {
      setTimeout(() => this.onerror?.(), 0)
    }
    close() {}
  } as unknown as typeof WebSocket
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'none' }, configurable: true })
  server = await village(folder.path, ['wang', 'li'])
  const office = await nativeDevice(server, folder.path, 'li')
  await office.apply(households(5))
  await office.sync()
  host = await open()
  await call('enrol', { code: await invite(server, 'wang'), model: 'Test' })
  await approve(server, /device: ([0-9a-f]{32})/.exec((await call('report')) as string)?.[1] ?? '')
  await call('syncNow')
  await until(() => (stage().name === 'ready' ? true : null))
})

afterAll(async () => {
  await host?.stop()
  await server?.stop()
  folder.remove()
})

async function open(): Promise<Host> {
  events = []
  const host = new Host({
    database: 'qiao',
    base: `${server.url}/`,
    appVersion: 'test',
    load: async () => engineModule(),
    now: () => Date.now() + aheadMs,
    tell: (event) => events.push(event),
    fenced: () => undefined,
  })
  await host.start()
  return host
}

function call(method: string, ...args: unknown[]): Promise<unknown> {
  calls += 1
  return host.call(method, args, `test/${calls}`)
}
const stage = (): Stage => host.stage()

async function until<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look()
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`it did not come about: ${JSON.stringify([stage(), host.sync()])}`)
}

test('too long without contact hides what is held until the server is heard; capture goes on', async () => {
  await server.stop()
  await host.stop()
  aheadMs = 15 * DAY_MS
  host = await open()
  await until(() => (stage().name === 'silent' ? true : null))
  await expect(call('households', {}, 0, 10)).rejects.toMatchObject({ problem: { code: 'silent' } })
  await expect(call('doc', 'h1')).rejects.toMatchObject({ problem: { code: 'silent' } })
  await call('edit', { new: 'household', village: 'V1', id: 'h900', value: { householder: '新户' } })

  // Setting the clock back helps nobody.
  await host.stop()
  aheadMs = 0
  host = await open()
  await until(() => (stage().name === 'silent' ? true : null))

  await server.restart()
  await call('syncNow')
  await until(() => (stage().name === 'ready' ? true : null))
  expect(((await call('households', {}, 0, 10)) as Page<HouseholdRow>).total).toBe(6)
  expect(((await call('sync')) as SyncState).unsent).toBe(0)
})

test('a clock that is years wrong syncs, and the difference is shown', async () => {
  await host.stop()
  aheadMs = -3_650 * DAY_MS
  host = await open()
  await call('edit', { doc: 'h1', ops: [{ op: 'set', path: ['remark'], value: '十年前' }] })
  await call('syncNow')
  const sync = (await call('sync')) as SyncState
  expect(sync.unsent).toBe(0)
  expect(sync.skewMs).toBeGreaterThan(3_640 * DAY_MS)
  aheadMs = 0
})

test('whoever hears that an edit is kept has already been told that it is unsent', async () => {
  for (const remark of ['一', '二', '三']) {
    events = []
    await call('edit', { doc: 'h2', ops: [{ op: 'set', path: ['remark'], value: remark }] })
    const told = events.flatMap((event) => (event.type === 'sync' ? [event.sync.unsent] : []))
    expect(told.at(-1)).toBeGreaterThan(0)
    expect(events.some((event) => event.type === 'docs' && event.ids.includes('h2'))).toBe(true)
  }
  await call('syncNow')
})

test('wrong PINs are counted before they are tried, over restarts, and answered more and more slowly', async () => {
  await call('setLock', 'pin', '271828', null)
  await call('lock')
  for (let wrong = 0; wrong < 3; wrong++) await expect(call('unlock', `00000${wrong}`)).rejects.toMatchObject({ problem: { code: 'wrong_secret' } })
  await host.stop()
  host = await open()
  const locked = stage()
  if (locked.name !== 'locked') throw new Error(locked.name)
  expect(locked.wrong).toBe(3)
  expect(locked.retryAtMs).toBeGreaterThan(Date.now())
  await expect(call('unlock', '271828')).rejects.toMatchObject({ problem: { code: 'wait' } })
  aheadMs = 60_000
  await call('unlock', '271828')
  await until(() => (stage().name === 'ready' ? true : null))
  aheadMs = 0
})

test('it locks by itself when nobody touches it', async () => {
  await call('setAutoLock', 60_000)
  host.hint({ touched: true })
  aheadMs = 61_000
  await until(async () => {
    await call('stage')
    return stage().name === 'locked' ? true : null
  })
  expect(events.some((event) => event.type === 'stage' && event.stage.name === 'locked')).toBe(true)
  await expect(call('households', {}, 0, 10)).rejects.toMatchObject({ problem: { code: 'locked' } })
})
