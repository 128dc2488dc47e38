/**
 * Acts that can be taken back for a moment and are carried out then, when the next one is begun, or when the page is
 * left. Until then nothing has been written, so taking back loses nothing; a killed browser leaves all as it was.
 */
import { onBeforeUnmount, onMounted, shallowReactive } from 'vue'

/** Long enough to see that it was the wrong one. */
const UNDO_MS = 5_000

export function usePending<T>(keyOf: (act: T) => string, carryOut: (act: T) => Promise<void>) {
  const waiting = shallowReactive(new Map<string, T>())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  async function now(key: string): Promise<void> {
    clearTimeout(timers.get(key))
    if (!timers.delete(key)) return
    const act = waiting.get(key)
    if (act !== undefined) await carryOut(act)
    waiting.delete(key)
  }
  function all(): void {
    for (const key of [...timers.keys()]) void now(key)
  }
  function put(act: T): void {
    const key = keyOf(act)
    for (const other of timers.keys()) if (other !== key) void now(other)
    clearTimeout(timers.get(key))
    waiting.set(key, act)
    timers.set(
      key,
      setTimeout(() => void now(key), UNDO_MS),
    )
  }
  function take(key: string): void {
    clearTimeout(timers.get(key))
    timers.delete(key)
    waiting.delete(key)
  }

  const hidden = (): void => {
    if (document.visibilityState === 'hidden') all()
  }
  onMounted(() => document.addEventListener('visibilitychange', hidden))
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', hidden)
    all()
  })
  return { put, take, get: (key: string) => waiting.get(key) }
}
