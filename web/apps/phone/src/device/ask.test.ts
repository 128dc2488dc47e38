import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import type { Client, ClientEvent } from '@qiao/sync-client'
import { useAsk } from './ask'
import { startDevice } from './state'

let tell: (event: ClientEvent) => void = () => undefined

function device(): Client {
  const nothing = async (): Promise<null> => null
  return new Proxy({} as Client, {
    get(_, name) {
      if (name === 'then') return undefined
      if (name === 'listen') return async (listener: typeof tell) => ((tell = listener), () => undefined)
      if (name === 'sync') return async () => ({ phase: 'offline', unsent: 0, problem: null })
      return nothing
    },
  })
}

beforeEach(async () => {
  vi.useFakeTimers()
  await startDevice(device())
})
afterEach(() => vi.useRealTimers())

describe('a question', () => {
  it('is asked again once for a burst of documents, and only for those it is about', async () => {
    const ask = vi.fn(async () => 1)
    const scope = effectScope()
    scope.run(() => useAsk(ask, (ids) => ids.has('h1')))
    await vi.advanceTimersByTimeAsync(10)
    for (let n = 0; n < 5; n += 1) tell({ type: 'docs', ids: ['h1', `h${n}`] })
    tell({ type: 'docs', ids: ['h9'] })
    await vi.advanceTimersByTimeAsync(500)
    expect(ask).toHaveBeenCalledTimes(2)
    scope.stop()
    tell({ type: 'docs', ids: ['h1'] })
    await vi.advanceTimersByTimeAsync(500)
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('is not starved by documents that keep coming', async () => {
    const ask = vi.fn(async () => 1)
    const scope = effectScope()
    scope.run(() => useAsk(ask))
    for (let n = 0; n < 40; n += 1) {
      tell({ type: 'docs', ids: ['h1'] })
      await vi.advanceTimersByTimeAsync(50)
    }
    expect(ask.mock.calls.length).toBeGreaterThan(5)
    scope.stop()
  })

  it('never shows an older answer in place of a newer one, and keeps the last while one is under way', async () => {
    const answers = [300, 20].map((ms, at) => () => new Promise<number>((done) => setTimeout(() => done(at), ms)))
    const ask = vi.fn(() => answers.shift()?.() ?? Promise.reject(new Error('no more')))
    const scope = effectScope()
    const asked = scope.run(() => useAsk(ask))
    void asked?.again()
    await vi.advanceTimersByTimeAsync(50)
    expect(asked?.data.value).toBe(1)
    await vi.advanceTimersByTimeAsync(400)
    expect(asked?.data.value).toBe(1)
    void asked?.again()
    await vi.advanceTimersByTimeAsync(10)
    expect(asked?.data.value).toBe(1)
    expect(asked?.failed.value).toBeInstanceOf(Error)
    scope.stop()
  })
})
