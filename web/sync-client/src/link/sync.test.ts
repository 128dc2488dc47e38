import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClientError } from '../api'
import { RETRY_MS_MAX, RETRY_MS_MIN, SYNC_EVERY_MS } from '../limits'
import { fail } from '../problem'
import type { Device } from '../worker/device'
import { Sync, type SyncParts } from './sync'

/** A device and a server in name only: what matters is when they are asked and what follows. */
function scene(exchange: () => Promise<void>) {
  const asked: number[] = []
  const device = {
    wipeOrdered: false,
    look: { wantsExchange: false, openQuestions: 0 },
    status: () => ({ grant: { status: 'active' }, serverTimeMs: 0, unsent: 0 }),
    takeTally: () => ({ pushed: 0, pulled: 0, accepted: 0, duplicate: 0, parked: 0, quarantined: 0, rejected: 0 }),
    interrupted: vi.fn(),
    // No live connection: it has nothing to say.
    begin: async () => null,
  }
  const server = {
    liveUrl: () => 'ws://x',
    exchange: () => {
      asked.push(Date.now())
      return exchange()
    },
  }
  const parts = { wipe: vi.fn(async () => undefined), fenced: vi.fn(), step: vi.fn() }
  const sync = new Sync({
    device: device as unknown as Device,
    server: server as unknown as SyncParts['server'],
    module: {} as SyncParts['module'],
    now: Date.now,
    random: () => 1,
    storageLeftMiB: async () => 100,
    ...parts,
  })
  return { sync, asked, device, parts }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('no signal is offline, tried again after growing waits, and at once on a hint', async () => {
  const { sync, asked, device } = scene(() => Promise.reject(fail('unreachable')))
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(sync.phase).toBe('offline')
  expect(sync.nextTryMs).toBe(Date.now() + RETRY_MS_MIN)
  expect(device.interrupted).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(RETRY_MS_MIN + 2 * RETRY_MS_MIN + 4 * RETRY_MS_MIN)
  expect(asked).toHaveLength(4)
  await vi.advanceTimersByTimeAsync(60 * 60_000)
  expect((sync.nextTryMs ?? 0) - Date.now()).toBeLessThanOrEqual(RETRY_MS_MAX)
  const before = asked.length
  sync.hint()
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toHaveLength(before + 1)
  await sync.stop()
})

test('a server that answers with a problem has failed, and is left alone for as long as it asks', async () => {
  const busy = new ClientError({ code: 'server_busy', zh: '忙', en: 'busy', retryAfterS: 30 })
  const { sync, asked } = scene(() => Promise.reject(busy))
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(sync.phase).toBe('failed')
  expect(sync.problem).toEqual(busy.problem)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveLength(2)
  await sync.stop()
})

test('once complete it asks now and then, and soon after an edit', async () => {
  const { sync, asked } = scene(() => Promise.resolve())
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(sync.phase).toBe('complete')
  await vi.advanceTimersByTimeAsync(SYNC_EVERY_MS + 10)
  expect(asked).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(RETRY_MS_MIN)
  sync.edited()
  sync.edited()
  await vi.advanceTimersByTimeAsync(400)
  expect(asked).toHaveLength(3)
  await sync.stop()
})

test('a counter that was used before is counted on at once, and once only', async () => {
  const miscounted = new ClientError({ code: 'bad_counter', zh: '', en: '', retryAfterS: 0 })
  const answers = [
    Promise.reject(miscounted),
    Promise.resolve(),
    Promise.reject(miscounted),
    Promise.reject(miscounted),
  ]
  for (const answer of answers) answer.catch(() => undefined)
  const { sync, asked } = scene(() => answers.shift() ?? Promise.resolve())
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  expect([asked.length, sync.phase]).toEqual([2, 'complete'])
  sync.hint()
  await vi.advanceTimersByTimeAsync(0)
  expect([asked.length, sync.phase, sync.problem?.code]).toEqual([4, 'failed', 'bad_counter'])
  await sync.stop()
})

test('who asks while a round is under way waits for a round of their own', async () => {
  let finish: () => void = () => undefined
  const { sync, asked } = scene(() => new Promise((resolve) => (finish = resolve)))
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  let answered = false
  void sync.now().then(() => (answered = true))
  finish()
  await vi.advanceTimersByTimeAsync(0)
  expect([asked.length, answered]).toEqual([2, false])
  finish()
  await vi.advanceTimersByTimeAsync(0)
  expect(answered).toBe(true)
  const stopped = sync.stop()
  finish()
  await stopped
})

test('a device that is to be wiped hands over once more and then destroys everything', async () => {
  const { sync, asked, device, parts } = scene(async () => {
    device.wipeOrdered = true
  })
  device.status = () => ({ grant: { status: 'revoked' }, serverTimeMs: 0, unsent: asked.length < 2 ? 1 : 0 })
  device.look.wantsExchange = true
  sync.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toHaveLength(2)
  expect(parts.wipe).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(SYNC_EVERY_MS)
  expect(asked).toHaveLength(2)
})
