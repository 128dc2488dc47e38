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

  if (options.now !== false) onMounted(load)
  return {
    data,
    problem,
    first: computed(() => data.value === undefined && problem.value === null),
    busy: readonly(busy),
    atMs: readonly(atMs),
    load,
  }
}

/** How a page that looks for news by itself is doing. */
export type Live = 'live' | 'lost' | 'paused'

/**
 * Calls `look` every `everyMs` while the page can be seen. Failures make it slower, up to a minute, and are said; the
 * page keeps what it shows.
 */
export function useLive(
  look: () => Promise<void>,
  everyMs: number,
): { live: DeepReadonly<Ref<Live>>; heardMs: DeepReadonly<Ref<number>> } {
  const live = ref<Live>('live')
  const heardMs = ref(Date.now())
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let stopped = false

  function next(): void {
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(turn, Math.min(everyMs * 2 ** failures, 60_000))
  }

  async function turn(): Promise<void> {
    if (document.hidden) {
      live.value = 'paused'
      return
    }
    try {
      await look()
      failures = 0
      live.value = 'live'
      heardMs.value = Date.now()
    } catch {
      failures += 1
      live.value = 'lost'
    }
    next()
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
  })
  onActivated(seen)
  onBeforeUnmount(() => {
    stopped = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  return { live: readonly(live), heardMs: readonly(heardMs) }
}
