/**
 * A question to the device that is asked again when what it is about changes.
 *
 * Holds the last answer while a new one is under way, so that no list flickers; an answer that comes late never
 * replaces a newer one. What is put away with its page asks when it is back.
 */
import {
  getCurrentInstance,
  onActivated,
  onDeactivated,
  onScopeDispose,
  ref,
  shallowRef,
  type Ref,
  type ShallowRef,
} from 'vue'

/** Events come in bursts while a village arrives. */
const SETTLE_MS = 120
/** An answer that takes long is asked for more rarely: so many times as long lies between two. */
const REST_FACTOR = 4

/** The state of a question. */
export interface Asked<T> {
  /** The last answer. */
  data: ShallowRef<T | null>
  /** Why the last try failed. */
  failed: ShallowRef<unknown>
  /** Whether an answer is under way. */
  busy: Ref<boolean>
  /** Asks again now. */
  again: () => Promise<void>
}

/** Calls a listener with the documents that are new, different or gone; returns the way to stop. */
export type OnDocs = (listener: (ids: ReadonlySet<string>) => void) => () => void

/** Asks now, and again whenever documents change for which `concerns` holds (all, where absent). */
export function askAgain<T>(
  onDocs: OnDocs,
  ask: () => Promise<T>,
  concerns?: (ids: ReadonlySet<string>) => boolean,
): Asked<T> {
  const data = shallowRef<T | null>(null)
  const failed = shallowRef<unknown>(null)
  const busy = ref(false)
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let tookMs = 0
  let away = false
  let stale = false

  async function again(): Promise<void> {
    const mine = ++turn
    const beganMs = Date.now()
    busy.value = true
    try {
      const answer = await ask()
      if (mine !== turn) return
      data.value = answer
      failed.value = null
    } catch (error) {
      if (mine === turn) failed.value = error
    } finally {
      if (mine === turn) busy.value = false
      tookMs = Date.now() - beganMs
    }
  }

  const stop = onDocs((ids) => {
    if (concerns && !concerns(ids)) return
    if (away) stale = true
    // One that is due already will see this too; putting it off would starve the screen while a village arrives.
    else timer ??= setTimeout(due, Math.max(SETTLE_MS, REST_FACTOR * tookMs))
  })
  function due(): void {
    timer = undefined
    void again()
  }
  if (getCurrentInstance()) {
    onDeactivated(() => (away = true))
    onActivated(() => {
      away = false
      if (stale) void again()
      stale = false
    })
  }
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    turn = -1
  })
  void again()
  return { data, failed, busy, again }
}
