import { beforeEach, expect, test, vi } from 'vitest'
import type { ClientEvent } from '../api'
import { LEADER_ANSWERS_MS } from '../limits'
import { type Led, Member } from './member'

/** Locks and a channel as a browser has them, between members of one test. */
class Browser {
  private holder: { end: (stolen: boolean) => void } | null = null
  private readonly queue: (() => void)[] = []
  private readonly ends = new Set<{ onmessage: ((event: MessageEvent) => void) | null; frozen: boolean }>()
  made: FakeLed[] = []

  readonly locks = {
    request: (_name: string, options: { steal?: boolean }, hold: () => Promise<void>) =>
      new Promise<void>((resolve, reject) => {
        const take = () => {
          const holder = { end: (stolen: boolean) => (stolen ? reject(new Error('AbortError')) : resolve()) }
          this.holder = holder
          void hold().then(() => {
            if (this.holder !== holder) return
            this.holder = null
            holder.end(false)
            this.queue.shift()?.()
          })
        }
        if (options.steal) {
          this.holder?.end(true)
          take()
        } else if (this.holder) this.queue.push(take)
        else take()
      }),
  }

  channel() {
    const end = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      frozen: false,
      postMessage: (message: unknown) => {
        const data: unknown = JSON.parse(JSON.stringify(message))
        for (const other of this.ends) {
          if (other !== end && !other.frozen) queueMicrotask(() => other.onmessage?.({ data } as MessageEvent))
        }
      },
      close: () => void this.ends.delete(end),
    }
    this.ends.add(end)
    return end
  }

  member(tell: (event: ClientEvent) => void = () => undefined) {
    const channel = this.channel()
    const member = new Member({
      name: 'test',
      locks: this.locks as unknown as LockManager,
      channel,
      make: (tell, fenced) => {
        const led = new FakeLed(tell, fenced)
        this.made.push(led)
        return led
      },
      tell,
    })
    return { member, channel }
  }
}

class FakeLed implements Led {
  calls: [string, string][] = []
  hints: unknown[] = []
  stopped = false
  constructor(
    readonly tell: (event: ClientEvent) => void,
    readonly fenced: () => void,
  ) {}
  async start() {}
  async stop() {
    this.stopped = true
  }
  async call(method: string, args: unknown[], call: string) {
    this.calls.push([method, call])
    if (method === 'fail') throw new Error('x')
    return [method, ...args]
  }
  hint(hint: unknown) {
    this.hints.push(hint)
  }
}

let browser: Browser
beforeEach(() => {
  browser = new Browser()
})

test('one leads, the other asks it, and both hear what happens', async () => {
  const heard: ClientEvent[][] = [[], []]
  const first = browser.member((event) => heard[0]?.push(event)).member
  const second = browser.member((event) => heard[1]?.push(event)).member
  expect([first.leads, second.leads]).toEqual([true, false])
  expect(await second.call('doc', ['h1'])).toEqual({ value: ['doc', 'h1'] })
  expect(await first.call('fail', [])).toMatchObject({ problem: { code: 'broken' } })
  browser.made[0]?.tell({ type: 'update' })
  await Promise.resolve()
  expect(heard).toEqual([[{ type: 'update' }], [{ type: 'update' }]])
  expect(browser.made).toHaveLength(1)
})

test('when the leader goes the next one leads, with an engine of its own', async () => {
  const first = browser.member().member
  const second = browser.member().member
  await first.end()
  await vi.waitFor(() => expect(second.leads).toBe(true))
  expect(browser.made.map((led) => led.stopped)).toEqual([true, false])
  expect(await second.call('doc', ['h1'])).toEqual({ value: ['doc', 'h1'] })
})

test('a frozen leader is relieved, and the call it did not take is carried out once, under the same name', async () => {
  vi.useFakeTimers()
  const first = browser.member()
  const second = browser.member()
  first.channel.frozen = true
  const answer = second.member.call('edit', [1])
  await vi.advanceTimersByTimeAsync(LEADER_ANSWERS_MS + 10)
  vi.useRealTimers()
  expect(await answer).toEqual({ value: ['edit', 1] })
  expect(second.member.leads).toBe(true)
  expect(browser.made).toHaveLength(2)
  expect(browser.made[0]?.stopped).toBe(true)
  expect(browser.made[1]?.calls).toHaveLength(1)
})

test('the engine is in front of a person while any window is', () => {
  const first = browser.member().member
  const second = browser.member().member
  first.hint({ visible: true })
  second.hint({ visible: true })
  return Promise.resolve().then(() => {
    first.hint({ visible: false })
    expect(browser.made[0]?.hints.at(-1)).toEqual({ visible: true })
  })
})
