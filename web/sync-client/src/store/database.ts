/**
 * The database in the browser: its object stores, strict durability, and the fence that keeps two engines apart.
 *
 * Commits are relaxed by default in Chromium: they survive the browser, not the battery. Whatever a person has been told
 * is saved is written with strict durability. Knows nothing of keys or of what records mean.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import type { Bytes } from '../bytes'

/** Version of this layout. An older app that meets a newer one does not open it; it says so. */
export const SCHEMA_VERSION = 2

export interface Layout extends DBSchema {
  /** Few, unencrypted: how the key is wrapped, the sealed device key, the fence. No personal data. */
  control: { key: string; value: unknown }
  /** Encrypted pages of many small records, by space and page. */
  pages: { key: [number, number]; value: Bytes }
  /** What changed since the pages were written, by space and number. */
  journal: { key: [number, number]; value: Bytes }
  /** Bodies of documents: hidden document name, then hidden record name. */
  bodies: { key: Bytes; value: Bytes }
  /** Records of the device's own, by hidden name. */
  own: { key: Bytes; value: Bytes }
  /** Bytes of attachments, by names drawn at random. */
  blobs: { key: Bytes; value: Bytes }
  /** Space set aside, by what it is for. */
  reserve: { key: Reserve; value: Blob }
}

/** What space is set aside for: what people write, and what it takes to open and to hand things over. */
export type Reserve = 'text' | 'sync'

export type Table = 'control' | 'pages' | 'journal' | 'bodies' | 'own' | 'blobs' | 'reserve'
export const TABLES: Table[] = ['control', 'pages', 'journal', 'bodies', 'own', 'blobs', 'reserve']
export type Transaction = IDBPTransaction<Layout, Table[], 'readwrite'>

/** The storage is full; nothing of the step was stored. */
export class StorageFull extends Error {
  override name = 'StorageFull'
}
/** The database failed; nothing of the step was stored. */
export class StorageFailed extends Error {
  override name = 'StorageFailed'
}
/** Another engine has taken over; this one must stop. */
export class Fenced extends Error {
  override name = 'Fenced'
}
/** The layout is of a newer app. */
export class TooNew extends Error {
  override name = 'TooNew'
}

export class Database {
  private fence: number | null = null
  /** Called when the browser or another tab wants the database closed. */
  onclosing: (() => void) | null = null

  private constructor(readonly idb: IDBPDatabase<Layout>) {}

  static async open(name: string): Promise<Database> {
    let opened: Database | null = null
    try {
      const idb = await openDB<Layout>(name, SCHEMA_VERSION, {
        upgrade(db) {
          for (const table of TABLES) if (!db.objectStoreNames.contains(table)) db.createObjectStore(table)
        },
        blocking() {
          opened?.onclosing?.()
        },
        terminated() {
          opened?.onclosing?.()
        },
      })
      opened = new Database(idb)
      return opened
    } catch (error) {
      throw translate(error)
    }
  }

  close(): void {
    this.idb.close()
  }

  /** From here on only this engine writes: every write of an earlier one fails. */
  async takeFence(): Promise<void> {
    const last = (await this.read(() => this.idb.get('control', 'fence'))) as number | undefined
    const next = (last ?? 0) + 1
    this.fence = null
    try {
      await this.spending(['sync', 'text'], () =>
        this.write('strict', ['control'], (tx) => void tx.objectStore('control').put(next, 'fence')),
      )
      this.fence = next
    } catch (error) {
      // A full phone must still open; the lock of the windows holds.
      if (!(error instanceof StorageFull)) throw error
      this.fence = last ?? null
    }
  }

  /** Writes; where nothing fits any more, with the space that was set aside for it. `low` is told then. */
  async spending(parts: Reserve[], write: () => Promise<void>, low?: () => void): Promise<void> {
    for (const part of [null, ...parts]) {
      try {
        if (part !== null) await this.write('strict', ['reserve'], (tx) => void tx.objectStore('reserve').delete(part))
        return await write()
      } catch (error) {
        if (!(error instanceof StorageFull)) throw error
        low?.()
        if (part === (parts.at(-1) ?? null)) throw error
      }
    }
  }

  async read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw translate(error)
    }
  }

  /**
   * One transaction; durable as asked when this resolves, and nothing of it has happened when it rejects. `work` awaits
   * nothing but the database: a transaction that idles commits.
   */
  async write(
    durability: 'strict' | 'relaxed',
    tables: Table[],
    work: (tx: Transaction) => Promise<void> | void,
  ): Promise<void> {
    const fence = this.fence
    const all: Table[] = tables.includes('control') ? tables : ['control', ...tables]
    try {
      const tx = this.idb.transaction(all, 'readwrite', { durability })
      // Rejected requests are told by the transaction.
      const done = tx.done
      done.catch(() => undefined)
      try {
        if (fence !== null && (await tx.objectStore('control').get('fence')) !== fence) throw new Fenced('taken over')
        await work(tx)
      } catch (error) {
        try {
          tx.abort()
        } catch {
          // It has ended already.
        }
        await done.catch(() => undefined)
        throw error
      }
      await done
    } catch (error) {
      throw translate(error)
    }
  }
}

function translate(error: unknown): Error {
  if (
    error instanceof Fenced ||
    error instanceof StorageFull ||
    error instanceof StorageFailed ||
    error instanceof TooNew
  )
    return error
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'QuotaExceededError') return new StorageFull('storage is full')
  if (name === 'VersionError') return new TooNew('the store is of a newer app')
  if (error instanceof TypeError || error instanceof RangeError) return error
  if (error instanceof Error && error.name === 'Unreadable') return error
  return new StorageFailed(name || 'storage failed')
}
