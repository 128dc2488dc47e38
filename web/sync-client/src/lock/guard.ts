/**
 * The lock in use: its record, attempts, and opening the vault.
 *
 * Owns the record `lock` of the database's plain table. The master key passes through here and is forgotten.
 */
import type { LockMethod, PrfKey } from '../api'
import { type Bytes, fromBase64Url } from '../bytes'
import { fail } from '../problem'
import type { Database } from '../store/database'
import { newMaster, Vault } from '../store/vault'
import { acceptable, counted, type LockRecord, unwrap, unwrapPrf, withPrf, wrap, WrongSecret } from './lock'

/** A lock that is not in use yet, and the vault it will open. */
export interface Prepared {
  record: LockRecord
  vault: Vault
}

export class Guard {
  private constructor(
    private readonly database: Database,
    private record: LockRecord,
    private readonly now: () => number,
  ) {}

  /** The guard of a store that has one. */
  static async load(database: Database, now: () => number): Promise<Guard | null> {
    const record = (await database.read(() => database.idb.get('control', 'lock'))) as LockRecord | undefined
    return record ? new Guard(database, record, now) : null
  }

  /** A new store without a lock, stored durably. */
  static async make(database: Database, now: () => number): Promise<{ guard: Guard; vault: Vault }> {
    const master = newMaster()
    const record = await wrap(master, 'none', null)
    const vault = await Vault.open(master)
    master.fill(0)
    await database.write('strict', ['control'], (tx) => void tx.objectStore('control').put(record, 'lock'))
    return { guard: new Guard(database, record, now), vault }
  }

  get method(): LockMethod {
    return this.record.method
  }
  get wrong(): number {
    return this.record.wrong
  }
  get retryAtMs(): number {
    return this.record.retryAtMs
  }
  get prf(): PrfKey | null {
    return this.record.prf?.key ?? null
  }

  /** Opens the vault. An attempt is counted durably before it is made. */
  async open(secret: string | null): Promise<Vault> {
    return this.opened(await this.master(secret))
  }

  /** Opens the vault with what the PRF extension made. That cannot be guessed, so nothing is counted and nobody waits. */
  async openWithPrf(output: string): Promise<Vault> {
    try {
      return await this.opened(await unwrapPrf(this.record, outputOf(output)))
    } catch (error) {
      if (!(error instanceof WrongSecret)) throw error
      throw fail('wrong_secret')
    }
  }

  /** Wraps the master key a second time; the secret of the first wrapping is needed for it, and counted as any other. */
  async addPrf(key: PrfKey, output: string, secret: string): Promise<void> {
    if (this.record.method === 'none') throw fail('weak_secret')
    const master = await this.master(secret)
    try {
      await this.put({ ...(await withPrf(this.record, master, key, outputOf(output))), wrong: 0, retryAtMs: 0 })
    } finally {
      master.fill(0)
    }
  }

  private async opened(master: Bytes): Promise<Vault> {
    const vault = await Vault.open(master)
    master.fill(0)
    if (this.record.wrong > 0) await this.put({ ...this.record, wrong: 0, retryAtMs: 0 })
    return vault
  }

  private async master(secret: string | null): Promise<Bytes> {
    if (this.record.method !== 'none') {
      const waitMs = this.record.retryAtMs - this.now()
      if (waitMs > 0) throw fail('wait', Math.ceil(waitMs / 1000))
      await this.put(counted(this.record, this.now()))
    }
    try {
      return await unwrap(this.record, secret)
    } catch (error) {
      if (!(error instanceof WrongSecret)) throw error
      throw fail('wrong_secret', Math.max(0, Math.ceil((this.record.retryAtMs - this.now()) / 1000)))
    }
  }

  /** A new master key under another lock, not stored yet: everything is to be encrypted with it in the same step. */
  static async prepare(method: LockMethod, secret: string | null): Promise<Prepared> {
    if (!acceptable(method, secret)) throw fail('weak_secret')
    const master = newMaster()
    const record = await wrap(master, method, secret)
    const vault = await Vault.open(master)
    master.fill(0)
    return { record, vault }
  }

  /** The record has been stored with everything else. */
  replaced(record: LockRecord): void {
    this.record = record
  }

  private async put(record: LockRecord): Promise<void> {
    await this.database.write('strict', ['control'], (tx) => void tx.objectStore('control').put(record, 'lock'))
    this.record = record
  }
}

function outputOf(text: string): Bytes {
  return fromBase64Url(text) ?? new Uint8Array(0)
}
