/**
 * Many small records as one run of bytes: what a page and a journal entry are before they are encrypted.
 *
 * Owns the format: for each record the length of its key, the key, the length of its value, the value. A value that is
 * absent deletes.
 */
import { type Bytes, fromUtf8, utf8 } from '../bytes'

export type Records = Map<string, Bytes | null>

const ABSENT = 0xffffffff

export function pack(records: Iterable<[string, Bytes | null]>): Bytes {
  const parts: [Bytes, Bytes | null][] = []
  let size = 0
  for (const [key, value] of records) {
    const name = utf8(key)
    parts.push([name, value])
    size += 6 + name.length + (value?.length ?? 0)
  }
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  let at = 0
  for (const [name, value] of parts) {
    view.setUint16(at, name.length)
    out.set(name, at + 2)
    at += 2 + name.length
    view.setUint32(at, value === null ? ABSENT : value.length)
    at += 4
    if (value !== null) {
      out.set(value, at)
      at += value.length
    }
  }
  return out
}

/** Reads them into `into`, later ones over earlier ones; `absent` says what a deletion leaves behind. */
export function unpack(bytes: Uint8Array, into: Records, absent: 'forget' | 'note'): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at < bytes.length) {
    const nameLength = view.getUint16(at)
    const key = fromUtf8(bytes.subarray(at + 2, at + 2 + nameLength))
    at += 2 + nameLength
    const length = view.getUint32(at)
    at += 4
    if (length === ABSENT) {
      if (absent === 'forget') into.delete(key)
      else into.set(key, null)
      continue
    }
    into.set(key, bytes.slice(at, at + length) as Bytes)
    at += length
  }
}

/** Which page a key belongs to (FNV-1a). */
export function pageOf(key: string, pages: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0) % pages
}
