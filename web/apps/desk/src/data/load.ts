/** Loading what a page shows: what is there, what went wrong, and looking again without blanking the page. */
import {
  computed,
  onActivated,
  onBeforeUnmount,
  onMounted,
  readonly,
  ref,
  shallowRef,
  type DeepReadonly,
  type Ref,
} from 'vue'
import { ApiProblem, asProblem } from '@qiao/api-client'
import { connected, watchHints, type Topic } from '../session/hints'

export interface Loaded<T> {
  /** What was read last; absent before the first answer. */
  data: Readonly<Ref<T | undefined>>
  /** Why the last attempt failed. */
  problem: Readonly<Ref<ApiProblem | null>>
  /** Whether nothing has been read and nothing went wrong. */
  first: Readonly<Ref<boolean>>
  busy: DeepReadonly<Ref<boolean>>
  /** When the data was read, Unix ms. */
  atMs: DeepReadonly<Ref<number>>
  load(): Promise<void>
  /** Takes what was read in another way: nothing blinks. */
  put(got: T): void
}

/** Reads once the page is shown, and whenever `load` is called. An answer that was overtaken is dropped. */
export function useLoaded<T>(read: () => Promise<T>, options: { now?: boolean } = {}): Loaded<T> {
  const data = shallowRef<T>()
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  const atMs = ref(0)
  let turn = 0

  async function load(): Promise<void> {
    const mine = (turn += 1)
    busy.value = true
    try {
      const got = await read()
      if (mine !== turn) return
      data.value = got
      problem.value = null
      atMs.value = Date.now()
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  function put(got: T): void {
    turn += 1
    busy.value = false
    data.value = got
    problem.value = null
    atMs.value = Date.now()
  }

  if (options.now !== false) onMounted(load)
  return {
    data,
    problem,
    first: computed(() => data.value === undefined && problem.value === null),
    busy: readonly(busy),
    atMs: readonly(atMs),
    load,
    put,
  }
}

/** How a page that looks for news by itself is doing. */
export type Live = 'live' | 'lost' | 'paused'

/** How often a page looks by itself although it is told of news: hints can be lost, and a dead line says nothing. */
const TOLD_MS = 15_000
/** Hints that come together are one. */
const GATHER_MS = 100

/**
 * Calls `look` when one of `topics` has changed, at most every so many milliseconds for that topic, and every `everyMs`
 * while no hints arrive. Only while the page can be seen. Failures make it slower, up to a minute, and are said; the page
 * keeps what it shows.
 */
export function useLive(
  look: () => Promise<void>,
  everyMs: number,
  topics: Partial<Record<Topic, number>> = {},
): { live: DeepReadonly<Ref<Live>>; heardMs: DeepReadonly<Ref<number>> } {
  const live = ref<Live>('live')
  const heardMs = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueMs = 0
  let failures = 0
  let looking = false
  let hinted = false
  let stopped = false
  let unwatch: () => void = () => undefined

  function lookIn(ms: number): void {
    if (stopped) return
    clearTimeout(timer)
    dueMs = Date.now() + ms
    timer = setTimeout(turn, ms)
  }

  function next(): void {
    const told = connected.value && Object.keys(topics).length > 0
    lookIn(Math.min((told ? Math.max(TOLD_MS, everyMs) : everyMs) * 2 ** failures, 60_000))
  }

  async function turn(): Promise<void> {
    if (document.hidden) {
      live.value = 'paused'
      return
    }
    looking = true
    hinted = false
    try {
      await look()
      failures = 0
      live.value = 'live'
      heardMs.value = Date.now()
    } catch {
      failures += 1
      live.value = 'lost'
    }
    looking = false
    if (hinted) lookIn(GATHER_MS)
    else next()
  }

  function told(topic: Topic | null): void {
    if (looking) {
      hinted = true
      return
    }
    const pauseMs = (topic && topics[topic]) ?? 0
    const waitMs = Math.max(GATHER_MS, heardMs.value + pauseMs - Date.now())
    if (Date.now() + waitMs < dueMs) lookIn(waitMs)
  }

  function seen(): void {
    if (!document.hidden && !stopped) {
      clearTimeout(timer)
      void turn()
    }
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', seen)
    next()
    const wanted = Object.keys(topics) as Topic[]
    if (wanted.length) unwatch = watchHints(wanted, told)
  })
  onActivated(seen)
  onBeforeUnmount(() => {
    stopped = true
    unwatch()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  return { live: readonly(live), heardMs: readonly(heardMs) }
}
