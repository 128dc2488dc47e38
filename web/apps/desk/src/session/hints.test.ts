import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connected, topicsOf, watchHints } from './hints'

class Source extends EventTarget {
  static readonly CLOSED = 2
  static all: Source[] = []
  readyState = 0
  constructor(readonly url: string) {
    super()
    Source.all.push(this)
  }

  close(): void {
    this.readyState = 2
  }

  say(type: string, data?: string): void {
    this.dispatchEvent(data === undefined ? new Event(type) : new MessageEvent(type, { data }))
  }
}

let stop: () => void = () => undefined
let told: (string | null)[] = []

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Source)
  Source.all = []
  told = []
  stop = watchHints(['devices'], (topic) => told.push(topic))
})

afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('all watchers share one connection, which goes with the last of them', () => {
  const other = watchHints(['enrolments'], () => undefined)
  expect(Source.all).toHaveLength(1)
  stop()
  expect(Source.all[0]?.readyState).toBe(0)
  other()
  expect(Source.all[0]?.readyState).toBe(Source.CLOSED)
})

test('a watcher is told of its own lists, and to look once when hints begin and when they end', () => {
  const [source] = Source.all
  source?.say('open')
  expect(connected.value).toBe(true)
  source?.say('changed', '["enrolments","devices"]')
  source?.say('changed', '["quarantine"]')
  source?.say('error')
  expect(connected.value).toBe(false)
  expect(told).toEqual([null, 'devices', null])
})

test('a server that would not have us is asked again later', () => {
  const [first] = Source.all
  if (first) first.readyState = Source.CLOSED
  first?.say('error')
  expect(Source.all).toHaveLength(1)
  vi.advanceTimersByTime(30_000)
  expect(Source.all).toHaveLength(2)
})

test('what a newer server says does no harm', () => {
  expect(topicsOf('["needs","devices"]')).toEqual(['devices'])
  expect(topicsOf('{')).toEqual([])
  expect(topicsOf('null')).toEqual([])
})
