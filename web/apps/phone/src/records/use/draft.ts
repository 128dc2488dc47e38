/**
 * What is being typed is kept on the phone as it is typed: after every pause, when a field is left, when the app is put
 * away, and at the latest after a few seconds of typing or dictating without a pause. A killed browser or an empty battery
 * then costs nothing that was typed before.
 *
 * A draft ends in one of two ways: what it became was saved, or the person put it away.
 */
import { onBeforeUnmount, onMounted, ref, shallowRef, toRaw, watch } from 'vue'
import type { Draft } from '@qiao/sync-client'
import { useClient } from '../../device/client'

/** A pause in typing this long is long enough to write. */
const PAUSE_MS = 350
/** Dictation pauses nowhere. */
const LATEST_MS = 2_000

/** Grows with every draft written or put away: a form is often left before its last words are kept. */
export const draftsWritten = ref(0)

/** `key` as a function where one form is about several things, each looked for when it is begun. */
export function useDraft<T>(key: string | (() => string), value: () => T, isWorthKeeping: (value: T) => boolean) {
  const client = useClient()
  const found = shallowRef<Draft | null>(null)
  const ready = shallowRef(false)
  let kept = false
  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  /** When the oldest change not written yet was made. */
  let changedMs = 0
  const name = () => (typeof key === 'string' ? key : key())

  /** What was left from last time, asked before anything is typed. */
  async function look(): Promise<T | null> {
    ready.value = over = false
    const drafts = await client.drafts().catch(() => [])
    found.value = drafts.find((draft) => draft.key === name()) ?? null
    kept = found.value !== null
    ready.value = true
    return found.value ? (found.value.value as T) : null
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (over || !ready.value) return
    const now = value()
    try {
      if (isWorthKeeping(now)) {
        kept = true
        await client.saveDraft(name(), plain(now))
        draftsWritten.value += 1
      } else if (kept) {
        kept = false
        await drop()
      }
    } catch {
      // A draft is a convenience: what matters is written with "save", and that says when it fails.
    }
  }

  /** The draft has become a record, or is not wanted. */
  async function end(): Promise<void> {
    over = true
    clearTimeout(timer)
    found.value = null
    await drop().catch(() => undefined)
  }

  /** What was found is put away, and typing goes on. */
  async function forget(): Promise<void> {
    found.value = null
    kept = false
    await drop().catch(() => undefined)
  }

  async function drop(): Promise<void> {
    await client.dropDraft(name())
    draftsWritten.value += 1
  }

  const hidden = () => void (timer !== undefined && write())
  onMounted(() => {
    document.addEventListener('visibilitychange', hidden)
    document.addEventListener('focusout', hidden)
    window.addEventListener('pagehide', hidden)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', hidden)
    document.removeEventListener('focusout', hidden)
    window.removeEventListener('pagehide', hidden)
    hidden()
  })
  watch(
    value,
    () => {
      if (!ready.value || over) return
      if (timer === undefined) changedMs = Date.now()
      clearTimeout(timer)
      const waitMs = Math.max(0, Math.min(PAUSE_MS, changedMs + LATEST_MS - Date.now()))
      timer = setTimeout(() => void write(), waitMs)
    },
    { deep: true },
  )
  return { found, look, end, forget, write }
}

/** Without the reactive wrappers, which cannot be sent to a worker. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(toRaw(value))) as T
}
