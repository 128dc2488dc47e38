/**
 * Hints from the server that a list has changed: one connection for all pages of this tab.
 *
 * A hint says which list and nothing of it; whoever watches reads the list again. While the connection stands, pages need
 * not ask by themselves; when it falls they do, as before. Never keeps a session alive and never opens a dialog.
 */
import { readonly, ref } from 'vue'

/** Lists the server tells about. */
export type Topic = 'enrolments' | 'devices' | 'contacts' | 'quarantine'

interface Watcher {
  topics: readonly Topic[]
  tell: (topic: Topic | null) => void
}

/** How long to wait when the server would not have us: signed out, or too many pages are open. */
const AGAIN_MS = 30_000
const connectedRef = ref(false)
const watchers = new Set<Watcher>()
let source: EventSource | null = null
let again: ReturnType<typeof setTimeout> | undefined

/** Whether hints arrive. */
export const connected = readonly(connectedRef)

/** The topics in a message; nothing for what a newer server says. */
export function topicsOf(data: unknown): Topic[] {
  const known: readonly string[] = ['enrolments', 'devices', 'contacts', 'quarantine']
  try {
    const said: unknown = JSON.parse(String(data))
    return Array.isArray(said) ? said.filter((one): one is Topic => known.includes(String(one))) : []
  } catch {
    return []
  }
}

function open(): void {
  clearTimeout(again)
  if (source || typeof EventSource === 'undefined') return
  const mine = (source = new EventSource('/api/v1/events'))
  mine.addEventListener('open', () => {
    connectedRef.value = true
    // What happened while nobody listened is not told.
    for (const one of watchers) one.tell(null)
  })
  mine.addEventListener('changed', (event) => {
    const topics = topicsOf((event as MessageEvent).data)
    for (const one of watchers) {
      for (const topic of topics) if (one.topics.includes(topic)) one.tell(topic)
    }
  })
  mine.addEventListener('error', () => {
    const stood = connectedRef.value
    connectedRef.value = false
    if (mine.readyState === EventSource.CLOSED && source === mine) {
      source = null
      again = setTimeout(() => watchers.size && open(), AGAIN_MS)
    }
    if (stood) for (const one of watchers) one.tell(null)
  })
}

function close(): void {
  clearTimeout(again)
  source?.close()
  source = null
  connectedRef.value = false
}

/**
 * Calls `tell` when one of these lists has changed, with `null` when any may have. Returns what ends it; the connection
 * goes with the last watcher.
 */
export function watchHints(topics: readonly Topic[], tell: Watcher['tell']): () => void {
  const watcher = { topics, tell }
  watchers.add(watcher)
  open()
  return () => {
    watchers.delete(watcher)
    if (!watchers.size) close()
  }
}
