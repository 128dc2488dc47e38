/**
 * The device's records in the browser, encrypted.
 *
 * Small records live in *spaces*: encrypted pages, and a journal of what changed since. A step appends one journal entry
 * and never rewrites a page, so a step is one small write, and opening ten thousand documents opens sixty-four pages.
 * Folding writes pages and removes the journal they contain in one transaction. Bodies of documents are records of their
 * own. All of a step, whatever tables it touches, is one transaction.
 */
import { type Bytes, concat, random, toBase64Url } from '../bytes'
import {
  JOURNAL_ENTRIES_MAX,
  JOURNAL_SIZE_BYTES_MAX,
  PAGES,
  RESERVE_SIZE_BYTES,
  RESERVE_WITH_LEFT_MIB,
} from '../limits'
import { type Database, type Reserve, StorageFull, type Table, TABLES, type Transaction } from './database'
import { pack, pageOf, type Records, unpack } from './packed'
import type { Vault } from './vault'

/** Small records of the engine, and rows of lists. */
export type Space = 'engine' | 'index'
const SPACE_NO: Record<Space, number> = { engine: 0, index: 1 }

/** What one step stores. `null` deletes. */
export interface Step {
  engine?: Map<string, Bytes | null>
  index?: Map<string, Bytes | null>
  own?: Map<string, Bytes | null>
  /** Bytes of attachments, by the random names they were given. */
  blobs?: Map<Bytes, Bytes | null>
  /** Strict unless said otherwise. */
  durability?: 'strict' | 'relaxed'
  /** Which space set aside it may use when the phone is full; that of the sync unless said otherwise. */
  spends?: Reserve | 'nothing'
}

interface Journal {
  next: number
  entries: number
  bytes: number
}

/** A put, or with `null` a deletion. */
type Put = [Table, IDBValidKey, Bytes | null]

const BODY = /^(b\/[^/]+\/)(.+)$/
/** The engine's record of a document, which tells that there may be bodies. */
const DOC = 'm/doc/'
/** Hidden names kept at hand. */
const HIDDEN_MAX = 512

export class Store {
  private readonly journals: Record<Space, Journal> = {
    engine: { next: 1, entries: 0, bytes: 0 },
    index: { next: 1, entries: 0, bytes: 0 },
  }
  /** Steps and folds follow each other. */
  private last: Promise<unknown> = Promise.resolve()
  /**
   * Something did not fit, or only where space had been set aside. What the browser estimates tells nothing: Chromium
   * names a quota that has little to do with the disk.
   */
  low = false
  /** Hidden names of the documents met last. */
  private readonly hidden = new Map<string, Bytes>()

  constructor(
    readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** All small records of a space. To be called once for each before anything is written. */
  load(space: Space): Promise<Map<string, Bytes>> {
    return this.after(async () => (await this.read(space)).records)
  }

  /** Records of a document's body: all whose key begins with `prefix` (`b/<document>/`). */
  bodies(prefix: string): Promise<[string, Bytes][]> {
    return this.after(() => this.bodiesNow(prefix))
  }

  own(name: string): Promise<Bytes | null> {
    return this.after(() => this.ownNow(name))
  }

  /** Bytes of an attachment. */
  blob(place: Bytes): Promise<Bytes | null> {
    return this.after(async () => {
      const sealed = await this.database.read(() => this.database.idb.get('blobs', place))
      return sealed === undefined ? null : this.vault.unseal(blobPlace(place), sealed)
    })
  }

  /** Stores a step in one transaction. Nothing of it is stored when this rejects. */
  apply(step: Step): Promise<void> {
    return this.after(async () => {
      const small = new Map<string, Bytes | null>()
      const puts: Put[] = []
      const work: Promise<void>[] = []
      for (const [key, value] of step.engine ?? []) {
        if (BODY.test(key)) work.push(this.prepareBody(key, value, puts))
        else small.set(key, value)
      }
      for (const [name, value] of step.own ?? []) {
        work.push(
          (async () => {
            const key = await this.hide(name)
            puts.push(['own', key, value === null ? null : await this.vault.seal(`own ${name}`, value)])
          })(),
        )
      }
      for (const [place, value] of step.blobs ?? []) {
        work.push(
          (async () => {
            puts.push(['blobs', place, value === null ? null : await this.vault.seal(blobPlace(place), value)])
          })(),
        )
      }
      await Promise.all(work)
      const grown: [Space, number][] = []
      for (const [space, records] of [['engine', small] as const, ['index', step.index ?? new Map()] as const]) {
        if (records.size === 0) continue
        const journal = this.journals[space]
        const place = [SPACE_NO[space], journal.next]
        const sealed = await this.vault.seal(`journal ${place.join()}`, pack(records))
        puts.push(['journal', place, sealed])
        grown.push([space, sealed.length])
      }
      if (puts.length === 0) return
      await this.commit(puts, step.durability ?? 'strict', step.spends ?? 'sync')
      for (const [space, bytes] of grown) {
        const journal = this.journals[space]
        journal.next += 1
        journal.entries += 1
        journal.bytes += bytes
      }
    })
  }

  /** Whether a journal has grown so long that opening would take noticeably longer. */
  wantsFold(): Space | null {
    const long = (space: Space) =>
      this.journals[space].entries > JOURNAL_ENTRIES_MAX || this.journals[space].bytes > JOURNAL_SIZE_BYTES_MAX
    return long('engine') ? 'engine' : long('index') ? 'index' : null
  }

  /** Moves the journal of a space into its pages. */
  fold(space: Space): Promise<void> {
    return this.after(async () => {
      const no = SPACE_NO[space]
      const { records, touched } = await this.read(space)
      const pages = new Map<number, [string, Bytes][]>([...touched].map((page) => [page, []]))
      for (const record of records) pages.get(pageOf(record[0], PAGES))?.push(record)
      const sealed = await Promise.all(
        [...pages].map(
          async ([page, kept]) => [page, await this.vault.seal(`pages ${no},${page}`, pack(kept))] as const,
        ),
      )
      const until = this.journals[space].next - 1
      await this.database.write('strict', ['pages', 'journal'], (tx) => {
        for (const [page, value] of sealed) void tx.objectStore('pages').put(value, [no, page])
        void tx.objectStore('journal').delete(IDBKeyRange.bound([no, 0], [no, until]))
      })
      this.journals[space].entries = 0
      this.journals[space].bytes = 0
    })
  }

  /** Sets space aside for what people write. Where it does not fit, little is left. */
  async reserve(leftMiB: number | null): Promise<void> {
    const { idb } = this.database
    if (leftMiB !== null && leftMiB < RESERVE_WITH_LEFT_MIB) return
    for (const [part, bytes] of Object.entries(RESERVE_SIZE_BYTES) as [Reserve, number][]) {
      if ((await idb.count('reserve', part)) > 0) continue
      // A blob lies in a file of its own, so that its room is free at once when it goes.
      const piece = new Blob([random(65_536)])
      const whole = new Blob(Array<Blob>(bytes / 65_536).fill(piece))
      try {
        await this.database.write('relaxed', ['reserve'], (tx) => void tx.objectStore('reserve').put(whole, part))
      } catch (error) {
        if (!(error instanceof StorageFull)) throw error
        this.low = true
        return
      }
    }
    this.low = false
  }

  /**
   * Everything again under another key, in one transaction that also does `also`. The store is not used afterwards.
   * `names` are the device's own records: hidden names cannot be read back.
   */
  async rekey(to: Vault, names: string[], also: (tx: Transaction) => void): Promise<void> {
    await this.after(async () => {
      const next = new Store(this.database, to)
      const puts: Put[] = []
      for (const space of ['engine', 'index'] as const) {
        const no = SPACE_NO[space]
        const pages = Array.from({ length: PAGES }, () => [] as [string, Bytes][])
        const { records } = await this.read(space)
        for (const record of records) pages[pageOf(record[0], PAGES)]?.push(record)
        for (const [page, kept] of pages.entries()) {
          if (kept.length > 0) puts.push(['pages', [no, page], await to.seal(`pages ${no},${page}`, pack(kept))])
        }
        if (space === 'index') continue
        for (const key of records.keys()) {
          if (!key.startsWith(DOC)) continue
          for (const [body, value] of await this.bodiesNow(`b/${key.slice(DOC.length)}/`))
            await next.prepareBody(body, value, puts)
        }
      }
      for (const name of names) {
        const value = await this.ownNow(name)
        if (value !== null) puts.push(['own', await to.hide(name), await to.seal(`own ${name}`, value)])
      }
      const places = await this.database.read(() => this.database.idb.getAllKeys('blobs'))
      for (const key of places) {
        const place = new Uint8Array(key)
        const sealed = await this.database.read(() => this.database.idb.get('blobs', key))
        if (sealed === undefined) continue
        puts.push(['blobs', place, await to.seal(blobPlace(place), await this.vault.unseal(blobPlace(place), sealed))])
      }
      await this.database.write('strict', TABLES, (tx) => {
        for (const table of ['pages', 'journal', 'bodies', 'own', 'blobs'] as const) void tx.objectStore(table).clear()
        for (const one of puts) put(tx, one)
        also(tx)
      })
    })
  }

  /** Destroys every record but those of `control`, which the key was in. */
  static async clear(database: Database): Promise<void> {
    await database.write('strict', TABLES, (tx) => {
      for (const table of TABLES) if (table !== 'control') void tx.objectStore(table).clear()
    })
  }

  private async bodiesNow(prefix: string): Promise<[string, Bytes][]> {
    const from = await this.hide(prefix)
    const range = IDBKeyRange.bound(from, concat(from, new Uint8Array(16).fill(0xff)))
    const sealed = await this.database.read(() => this.database.idb.getAll('bodies', range))
    const records: Records = new Map()
    for (const one of await Promise.all(sealed.map((value) => this.vault.unseal(`bodies ${prefix}`, value)))) {
      unpack(one, records, 'forget')
    }
    return [...records] as [string, Bytes][]
  }

  private async ownNow(name: string): Promise<Bytes | null> {
    const key = await this.hide(name)
    const sealed = await this.database.read(() => this.database.idb.get('own', key))
    return sealed === undefined ? null : this.vault.unseal(`own ${name}`, sealed)
  }

  /** Pages of a space with its journal over them, and the pages the journal touches. */
  private async read(space: Space): Promise<{ records: Map<string, Bytes>; touched: Set<number> }> {
    const no = SPACE_NO[space]
    const range = IDBKeyRange.bound([no, 0], [no, Number.MAX_SAFE_INTEGER])
    const { idb } = this.database
    const [pageKeys, pages, entryKeys, entries] = await this.database.read(() => {
      const tx = idb.transaction(['pages', 'journal'], 'readonly')
      const [stored, written] = [tx.objectStore('pages'), tx.objectStore('journal')]
      return Promise.all([
        stored.getAllKeys(range),
        stored.getAll(range),
        written.getAllKeys(range),
        written.getAll(range),
      ])
    })
    const unseal = (table: string, keys: [number, number][], values: Bytes[]) =>
      Promise.all(values.map((value, index) => this.vault.unseal(`${table} ${keys[index]?.join()}`, value)))
    const records: Records = new Map()
    for (const page of await unseal('pages', pageKeys, pages)) unpack(page, records, 'forget')
    const touched = new Set<number>()
    const changes: Records = new Map()
    for (const entry of await unseal('journal', entryKeys, entries)) unpack(entry, changes, 'note')
    for (const [key, value] of changes) {
      touched.add(pageOf(key, PAGES))
      if (value === null) records.delete(key)
      else records.set(key, value)
    }
    const journal = this.journals[space]
    journal.next = (entryKeys.at(-1)?.[1] ?? journal.next - 1) + 1
    journal.entries = entries.length
    journal.bytes = entries.reduce((sum, entry) => sum + entry.length, 0)
    return { records: records as Map<string, Bytes>, touched }
  }

  private async prepareBody(key: string, value: Bytes | null, puts: Put[]): Promise<void> {
    const prefix = BODY.exec(key)?.[1] ?? ''
    const place = concat(await this.hide(prefix), await this.hide(key))
    const sealed = value === null ? null : await this.vault.seal(`bodies ${prefix}`, pack([[key, value]]))
    puts.push(['bodies', place, sealed])
  }

  private async hide(name: string): Promise<Bytes> {
    const known = this.hidden.get(name)
    if (known) return known
    const hidden = await this.vault.hide(name)
    if (this.hidden.size >= HIDDEN_MAX) this.hidden.clear()
    this.hidden.set(name, hidden)
    return hidden
  }

  private after<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work)
    this.last = turn.catch(() => undefined)
    return turn
  }

  private async commit(puts: Put[], durability: 'strict' | 'relaxed', spends: Reserve | 'nothing'): Promise<void> {
    const tables = [...new Set(puts.map(([table]) => table))]
    const write = () =>
      this.database.write(durability, tables, (tx) => {
        for (const one of puts) put(tx, one)
      })
    const parts: Reserve[] = spends === 'nothing' ? [] : spends === 'text' ? ['text'] : ['sync', 'text']
    await this.database.spending(parts, write, () => (this.low = true))
  }
}

/** What the bytes of an attachment are bound to. */
function blobPlace(place: Bytes): string {
  return `blob ${toBase64Url(place)}`
}

function put(tx: Transaction, [table, key, value]: Put): void {
  const target = tx.objectStore(table) as unknown as {
    put(value: unknown, key: IDBValidKey): unknown
    delete(key: IDBValidKey): unknown
  }
  if (value === null) void target.delete(key)
  else void target.put(value, key)
}
