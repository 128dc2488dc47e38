import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EngineModule } from '../engine/port'
import { NEVER_LEFT_MS_MAX } from '../limits'
import type { Device } from '../worker/device'
import { Server } from './http'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** An exchange over a line that fails after so long. */
async function failsAfter(ms: number) {
  const device = { begin: async () => new Uint8Array(8), neverLeft: vi.fn(async () => undefined) }
  const line = () => new Promise<Response>((_, reject) => setTimeout(() => reject(new TypeError('no line')), ms))
  const server = new Server('http://x/', {} as EngineModule, {}, line)
  const stop = new AbortController().signal
  const failed = server
    .exchange(device as unknown as Device, 0, { bytes: () => undefined }, stop)
    .catch((e: unknown) => e)
  await vi.advanceTimersByTimeAsync(ms)
  expect(await failed).toMatchObject({ problem: { code: 'unreachable' } })
  return device.neverLeft.mock.calls.length
}

test('a line that was not there at all leaves nothing in doubt, one that broke later does', async () => {
  expect(await failsAfter(20)).toBe(1)
  expect(await failsAfter(NEVER_LEFT_MS_MAX + 20)).toBe(0)
})
