/**
 * A question to the device that is asked again when what it is about changes.
 *
 * Holds the last answer while a new one is under way, so that no list flickers; an answer that comes late never
 * replaces a newer one.
 */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { onDocs } from './state'

/** Events come in bursts while a village arrives. */
const SETTLE_MS = 120

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

/** Asks now, and again whenever documents change for which `concerns` holds (all, where absent). */
export function useAsk<T>(ask: () => Promise<T>, concerns?: (ids: ReadonlySet<string>) => boolean): Asked<T> {
  const data = shallowRef<T | null>(null)
  const failed = shallowRef<unknown>(null)
  const busy = ref(false)
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function again(): Promise<void> {
    const mine = ++turn
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
    }
  }

  const stop = onDocs((ids) => {
    if (concerns && !concerns(ids)) return
    clearTimeout(timer)
    timer = setTimeout(() => void again(), SETTLE_MS)
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    turn = -1
  })
  void again()
  return { data, failed, busy, again }
}
