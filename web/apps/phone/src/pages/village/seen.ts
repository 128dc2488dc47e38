/** Which notices have been opened on this phone. Keys only; nothing of what they say. */
import { shallowRef } from 'vue'

const KEPT_UNDER = 'qiao.notices-seen'
/** The oldest are forgotten first; a board never holds as many. */
const KEPT_MAX = 500

function kept(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT_UNDER) ?? '[]')
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : []
  } catch {
    return []
  }
}

const seen = shallowRef<ReadonlySet<string>>(new Set(kept()))

/** Whether a notice has been opened. */
export function isSeen(key: string): boolean {
  return seen.value.has(key)
}

export function markSeen(key: string): void {
  if (seen.value.has(key)) return
  const next = [...seen.value, key].slice(-KEPT_MAX)
  seen.value = new Set(next)
  try {
    localStorage.setItem(KEPT_UNDER, JSON.stringify(next))
  } catch {
    // The mark then lasts until the page is closed.
  }
}
