/**
 * Attachments on this device, encrypted: what was made here and has to go out, and what was fetched to be looked at.
 *
 * Owns the list and the bytes, and how much there may be. Bytes lie under names drawn at random, each bound to its name;
 * which attachment they are, only the encrypted list tells.
 */
import { type Bytes, random, toBase64Url, fromBase64Url } from '../bytes'
import { ATTACHMENT_DRAFT_KEPT_MS, ATTACHMENTS_KEPT_MAX, ATTACHMENTS_CACHED_BYTES_MAX } from '../limits'
import type { Problem } from '../api'
import type { Store } from '../store/store'
import { OWN, read, write } from '../worker/records'
import type { AttachmentType } from './refs'

export type Part = 'thumb' | 'whole'

/** An attachment this device holds, or held and sent. */
export interface Entry {
  part: Part
  type: AttachmentType
  size: number
  /** Name of its bytes; empty where they are held no more. */
  place: string
  /** Documents it was written into here, and how far it has come to the server for each. */
  docs: Record<string, 'queued' | 'sent' | { refused: Problem }>
  /** Made here, not fetched. */
  own: boolean
  madeMs: number
  usedMs: number
}

export class Shelf {
  private readonly entries: Map<string, Entry>
  /** Steps follow each other: each writes the whole list, and two at once would lose what the other put there. */
  private last: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly store: Store,
    entries: Record<string, Entry>,
    private readonly now: () => number,
  ) {
    this.entries = new Map(Object.entries(entries))
  }

  static async open(store: Store, now: () => number): Promise<Shelf> {
    const entries = read<Record<string, Entry>>(await store.own(OWN.attachments)) ?? {}
    return new Shelf(store, entries, now)
  }

  get(hash: string): Entry | null {
    return this.entries.get(hash) ?? null
  }

  /** What is to be sent, small pictures first, then in the order it was made. */
  queued(): { hash: string; doc: string; entry: Entry }[] {
    const all = [...this.entries].flatMap(([hash, entry]) =>
      Object.entries(entry.docs)
        .filter(([, state]) => state === 'queued')
        .map(([doc]) => ({ hash, doc, entry })),
    )
    const rank = ({ entry }: { entry: Entry }) => (entry.part === 'thumb' ? 0 : 1)
    return all.sort((a, b) => rank(a) - rank(b) || a.entry.madeMs - b.entry.madeMs)
  }

  /** Made here but written into no document yet. */
  unbound(): string[] {
    return [...this.entries].filter(([, entry]) => isUnbound(entry)).map(([hash]) => hash)
  }

  /** Keeps what was made here, durably. What is there already stays as it is. */
  make(made: { hash: string; part: Part; type: AttachmentType; bytes: Bytes }[]): Promise<void> {
    return this.inTurn(() => this.makeNow(made))
  }

  private async makeNow(made: { hash: string; part: Part; type: AttachmentType; bytes: Bytes }[]): Promise<void> {
    const blobs = new Map<Bytes, Bytes | null>()
    const next = new Map(this.entries)
    for (const { hash, part, type, bytes } of made) {
      const known = this.entries.get(hash)
      if (known?.place) {
        next.set(hash, { ...known, own: true })
        continue
      }
      const place = random(16)
      blobs.set(place, bytes)
      const nowMs = this.now()
      const entry = { part, type, size: bytes.length, place: toBase64Url(place), docs: known?.docs ?? {}, own: true }
      next.set(hash, { ...entry, madeMs: nowMs, usedMs: nowMs })
    }
    await this.save(next, blobs, 'strict', 'text')
  }

  /** Keeps what was fetched, for as long as there is room. */
  cache(hash: string, part: Part, type: AttachmentType, bytes: Bytes): Promise<void> {
    return this.inTurn(async () => {
      await this.cacheNow(hash, part, type, bytes)
      await this.trimNow(ATTACHMENTS_CACHED_BYTES_MAX)
    })
  }

  private async cacheNow(hash: string, part: Part, type: AttachmentType, bytes: Bytes): Promise<void> {
    const known = this.entries.get(hash)
    if (known?.place) return
    const place = random(16)
    const nowMs = this.now()
    const fresh: Entry = {
      part,
      type,
      size: bytes.length,
      place: '',
      docs: {},
      own: false,
      madeMs: nowMs,
      usedMs: nowMs,
    }
    const next = new Map(this.entries)
    next.set(hash, { ...(known ?? fresh), place: toBase64Url(place), usedMs: nowMs })
    await this.save(next, new Map([[place, bytes]]), 'relaxed', 'nothing')
  }

  /** The bytes, where they are held. */
  async bytes(hash: string): Promise<Bytes | null> {
    const entry = this.entries.get(hash)
    const place = entry?.place ? fromBase64Url(entry.place) : null
    if (!entry || !place) return null
    const bytes = await this.store.blob(place)
    // Noted in memory only: it matters for what goes first, and costs a write otherwise.
    entry.usedMs = this.now()
    return bytes
  }

  /** Says how far these have come. */
  mark(changes: { hash: string; doc: string; state: Entry['docs'][string] }[]): Promise<void> {
    return this.inTurn(async () => {
      const next = new Map(this.entries)
      for (const { hash, doc, state } of changes) {
        const entry = next.get(hash)
        if (entry) next.set(hash, { ...entry, docs: { ...entry.docs, [doc]: state } })
      }
      await this.save(next, new Map(), 'strict', 'sync')
    })
  }

  /** Lets go of what was picked and not written into anything. */
  drop(hashes: string[]): Promise<void> {
    return this.inTurn(async () => {
      const next = new Map(this.entries)
      const blobs = new Map<Bytes, Bytes | null>()
      for (const hash of hashes) {
        const entry = next.get(hash)
        if (!entry || !isUnbound(entry)) continue
        release(entry, blobs)
        next.delete(hash)
      }
      if (next.size < this.entries.size) await this.save(next, blobs, 'relaxed', 'sync')
    })
  }

  /**
   * Frees room: what was fetched, longest not looked at first, then photos that are on the server; small pictures of one's
   * own stay. What has not been sent is never touched.
   */
  trim(bytesMax: number): Promise<void> {
    return this.inTurn(() => this.trimNow(bytesMax))
  }

  private async trimNow(bytesMax: number): Promise<void> {
    const nowMs = this.now()
    const next = new Map(this.entries)
    const blobs = new Map<Bytes, Bytes | null>()
    for (const [hash, entry] of next) {
      if (!isUnbound(entry) || nowMs - entry.madeMs < ATTACHMENT_DRAFT_KEPT_MS) continue
      release(entry, blobs)
      next.delete(hash)
    }
    const held = [...next].filter(([, entry]) => entry.place !== '' && isOnServer(entry))
    held.sort(([, a], [, b]) => Number(a.own) - Number(b.own) || a.usedMs - b.usedMs)
    let bytes = held.reduce((sum, [, entry]) => sum + entry.size, 0)
    for (const [hash, entry] of held) {
      if (bytes <= bytesMax && next.size <= ATTACHMENTS_KEPT_MAX) break
      if (entry.own && entry.part === 'thumb') continue
      bytes -= entry.size
      release(entry, blobs)
      // One's own stays known, so that it is shown as sent.
      if (entry.own) next.set(hash, { ...entry, place: '' })
      else next.delete(hash)
    }
    if (blobs.size > 0) await this.save(next, blobs, 'relaxed', 'sync')
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.last.then(step)
    this.last = done.catch(() => undefined)
    return done
  }

  private async save(
    next: Map<string, Entry>,
    blobs: Map<Bytes, Bytes | null>,
    durability: 'strict' | 'relaxed',
    spends: 'text' | 'sync' | 'nothing',
  ): Promise<void> {
    const own = new Map([[OWN.attachments, write(Object.fromEntries(next))]])
    await this.store.apply({ own, blobs, durability, spends })
    this.entries.clear()
    for (const [hash, entry] of next) this.entries.set(hash, entry)
  }
}

function isUnbound(entry: Entry): boolean {
  return entry.own && Object.keys(entry.docs).length === 0
}

function isOnServer(entry: Entry): boolean {
  const states = Object.values(entry.docs)
  return entry.own ? states.length > 0 && states.every((state) => state === 'sent') : true
}

function release(entry: Entry, blobs: Map<Bytes, Bytes | null>): void {
  const place = entry.place ? fromBase64Url(entry.place) : null
  if (place) blobs.set(place, null)
}
