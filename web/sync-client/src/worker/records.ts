/** Names and forms of the records a device keeps beside the engine's: its own, and those of its lists. */
import type { DocId } from '../api'
import { type Bytes, fromUtf8, utf8 } from '../bytes'
import type { Index, Pending } from '../index/index'
import { INDEX_VERSION, type Kept } from '../index/kept'
import type { Store } from '../store/store'

/** Names of the device's own records. All of them: they are encrypted anew by name. */
export const OWN = {
  enrolment: 'enrolment',
  settings: 'settings',
  summary: 'summary',
  drafts: 'drafts',
  calls: 'calls',
  news: 'news',
  wipe: 'wipe',
  attachments: 'attachments',
  uploadLink: 'uploadLink',
}

/** Keys of the records of lists: rows, rows to be made, marks, when a document was accepted last. */
export const ROW = 'r/'
export const DIRTY = 'd/'
export const PENDING = 'p/'
export const SINCE = 's/'
export const UNSENT = 'n'
const VERSION = 'v'

export const EMPTY: Bytes = new Uint8Array(0)

export function write(value: unknown): Bytes {
  return utf8(JSON.stringify(value))
}

export function read<T>(bytes: Bytes | null): T | null {
  return bytes === null ? null : (JSON.parse(fromUtf8(bytes)) as T)
}

/** Fills an index from the store; returns documents whose rows are still to be made. */
export async function loadIndex(store: Store, index: Index): Promise<DocId[]> {
  const records = await store.load('index')
  index.clear()
  const current = read<number>(records.get(VERSION) ?? null) === INDEX_VERSION
  const dirty = new Set<DocId>()
  for (const [key, value] of records) {
    const id = key.slice(2)
    if (key.startsWith(ROW)) {
      if (current) index.put(JSON.parse(fromUtf8(value)) as Kept)
      else dirty.add(id)
    } else if (key.startsWith(DIRTY)) dirty.add(id)
    else if (key.startsWith(PENDING)) index.setPending(id, JSON.parse(fromUtf8(value)) as Pending)
    else if (key === UNSENT) index.unsent = read<number>(value) ?? 0
    else if (key.startsWith(SINCE)) index.setSince(id, JSON.parse(fromUtf8(value)) as number)
  }
  if (!current) {
    const marks = [...dirty].map((id): [string, Bytes] => [DIRTY + id, EMPTY])
    await store.apply({ index: new Map([[VERSION, write(INDEX_VERSION)], ...marks]) })
  }
  return [...dirty]
}
