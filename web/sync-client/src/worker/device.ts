/**
 * A device: engine, store, key and lists in one. Every call stores what the engine asks for before it resolves.
 *
 * One call at a time: the engine has one state, and between asking it and storing its answer nobody else may ask. After a
 * failed write memory is ahead of the disk and everything is read again. No network here; that is `link/`.
 */
import type { CaseStanding, DocId, Edit } from '../api'
import { ClientError } from '../api'
import type { Bytes } from '../bytes'
import {
  type Engine,
  EngineFailure,
  type EngineModule,
  type EngineStatus,
  type FieldConflict,
  type Identity,
  type Push,
  type Received,
  type Row,
  type Shown,
  type Standing,
  type Tally,
} from '../engine/port'
import { standingOf } from '../index/casework'
import { Index, type Pending } from '../index/index'
import type { Kept } from '../index/kept'
import type { DeviceKey } from '../key/device'
import { CALLS_REMEMBERED_MAX, INDEX_AT_ONCE_MAX, INDEX_SLICE_MS, NEWS_MAX } from '../limits'
import { fail } from '../problem'
import { Fenced, StorageFull } from '../store/database'
import type { Step, Store } from '../store/store'
import { type Changes, collect, without } from './changes'
import { DIRTY, EMPTY, loadIndex, OWN, PENDING, read, ROW, SINCE, UNSENT, write } from './records'
import { changedMarks, earlyRows, heldRow } from './rows'

export interface Parts {
  module: EngineModule
  store: Store
  key: DeviceKey
  index: Index
  now: () => number
  tell: (changes: Changes) => void
}

type News = { doc: DocId; atMs: number; by: string }[]
type Remembered = { call: string; docs: DocId[] }[]

export class Device {
  private engine: Engine
  private readonly pending = new Map<string, Bytes | null>()
  private readonly dirty = new Set<DocId>()
  /** A write failed: memory is ahead of the disk and must be read again. */
  private stale = false
  private last: Promise<unknown> = Promise.resolve()
  private news: News = []
  private calls: Remembered = []
  wipeOrdered = false
  private freed = false
  /** The engine of before is gone and must not be touched. */
  private broken = false
  private lastStatus: EngineStatus | null = null

  private constructor(
    engine: Engine,
    private readonly parts: Parts,
  ) {
    this.engine = engine
  }

  static async create(parts: Parts, identity: Identity, also: Map<string, Bytes>): Promise<Device> {
    const device = new Device(parts.module.create(identity), parts)
    await device.turn(() => device.save({ own: also, spends: 'text' }))
    return device
  }

  /** Opens a stored device whose index has been loaded by {@link loadIndex}. */
  static async open(parts: Parts, dirty: DocId[]): Promise<Device> {
    const device = new Device(parts.module.open(engineRecords(await parts.store.load('engine'))), parts)
    for (const id of dirty) device.dirty.add(id)
    await device.turn(async () => {
      device.news = read<News>(await parts.store.own(OWN.news)) ?? []
      device.calls = read<Remembered>(await parts.store.own(OWN.calls)) ?? []
      device.wipeOrdered = (await parts.store.own(OWN.wipe)) !== null
      device.readReturned()
      await device.settle()
    })
    return device
  }

  /** Ends it; whatever is not stored is forgotten. */
  async close(): Promise<void> {
    await this.turn(async () => {
      if (!this.freed && !this.broken) this.engine.free()
      this.freed = true
    }).catch(() => undefined)
  }

  // Edits.

  /** Makes edits, all durable when this resolves, or none. `call` is remembered with them. */
  editAll(edits: Edit[], call: string): Promise<DocId[]> {
    return this.remembered(call, async () => {
      const nowMs = this.parts.now()
      const docs: DocId[] = []
      try {
        for (const edit of edits) docs.push(await this.withBodies(() => this.engine.edit(nowMs, edit)))
      } catch (error) {
        // Nothing of the others may stay.
        if (docs.length > 0) this.stale = true
        throw error
      }
      return docs
    })
  }

  /** Makes a refused change once more and lets the refused one go; `false` if there is none of this number. */
  async redoReturned(no: number, call: string): Promise<boolean> {
    const docs = await this.remembered(call, async () => {
      const doc = await this.withBodies(() => this.engine.redoReturned(this.parts.now(), no))
      return doc === null ? [] : [doc]
    })
    return docs.length > 0
  }

  /** A call whose answer is stored with what it did. */
  private remembered(call: string, work: () => Promise<DocId[]>): Promise<DocId[]> {
    return this.turn(async () => {
      const known = this.calls.find((one) => one.call === call)
      if (known) return known.docs
      await this.ready()
      const docs = await work()
      const calls = [...this.calls, { call, docs }].slice(-CALLS_REMEMBERED_MAX)
      await this.save({ own: new Map([[OWN.calls, write(calls)]]), spends: 'text', mine: true })
      this.calls = calls
      return docs
    })
  }

  dismiss(no: number): Promise<boolean> {
    return this.turn(async () => {
      await this.ready()
      const dismissed = this.engine.dismiss(no)
      await this.save({ spends: 'text' })
      return dismissed
    })
  }

  // Exchanges and live connections.

  /** Begins an exchange: hello and outbox, signed; stored before it is handed out. */
  begin(storageLeftMiB: number, as: 'body' | 'message'): Promise<Bytes | null> {
    return this.turn(async () => {
      await this.fresh()
      const frames = await this.sign(this.engine.beginPush(this.parts.now(), storageLeftMiB))
      if (frames.length === 0) return null
      return as === 'body' ? this.parts.module.packRequest(frames) : this.parts.module.packMessage(frames)
    })
  }

  /** What has been written since, for a live connection that has been answered; `null` when there is nothing. */
  beginMore(): Promise<Bytes | null> {
    return this.turn(async () => {
      await this.fresh()
      if (this.engine.status().grant?.status !== 'active') return null
      const frames = await this.sign(this.engine.beginMore(this.parts.now()))
      return frames.length === 0 ? null : this.parts.module.packMessage(frames)
    })
  }

  /** Takes frames in their order and stores them in one step, cursors included. */
  receive(received: Received): Promise<void> {
    return this.turn(async () => {
      await this.fresh()
      let failed: unknown = null
      try {
        this.engine.receive(this.parts.now(), received)
      } catch (error) {
        if (!(error instanceof EngineFailure) || error.kind === 'broken') throw error
        failed = error
      }
      await this.save({ foreign: true, answered: true })
      // What half a frame left in memory is read again from the store. Only a refusal is a whole frame itself.
      if (failed instanceof EngineFailure && failed.kind !== 'server') await this.reload()
      await this.settle()
      if (failed !== null) throw failed
    })
  }

  finish(): Promise<void> {
    return this.turn(async () => {
      await this.fresh()
      this.engine.finishExchange(this.parts.now())
      await this.save({})
    })
  }

  interrupted(): void {
    if (!this.stale && !this.freed && !this.broken) this.engine.connectionLost()
  }

  /** The line broke before the last push can have left: the next one need not ask about it. */
  neverLeft(): Promise<void> {
    return this.turn(async () => {
      await this.fresh()
      this.engine.pushNeverLeft()
      await this.save({})
    })
  }

  /** The engine, for calls that only look or only read bytes. */
  get look(): Pick<Engine, 'wantsExchange' | 'openQuestions' | 'pending' | 'caughtUp'> {
    return this.engine
  }

  // Reading.

  /** How things stand; as last known while the engine is being opened again. */
  status(): EngineStatus {
    if (!this.broken || !this.lastStatus) this.lastStatus = this.engine.status()
    return this.lastStatus
  }

  /** How this device stands now; going back is impossible once it is stored. */
  standing(): Promise<Standing> {
    return this.turn(async () => {
      await this.fresh()
      const standing = this.engine.standing(this.parts.now())
      try {
        await this.save({})
      } catch (error) {
        // A full phone shows what it holds.
        if (!(error instanceof StorageFull)) throw error
      }
      return standing
    })
  }

  show(id: DocId): Promise<Shown & { conflicts: FieldConflict[] }> {
    return this.turn(async () => {
      await this.ready()
      const shown = await this.withBodies(() => this.engine.document(id))
      return { ...shown, conflicts: this.engine.conflicts(id) }
    })
  }

  /** Where an application or a case stands now; null for everything else. */
  caseStanding(id: DocId): Promise<CaseStanding | null> {
    return this.turn(async () => {
      await this.ready()
      const folded = await this.withBodies(() => this.engine.caseStanding(id, this.parts.now()))
      return folded && standingOf(folded)
    })
  }

  /** How far everything is stored, as a live message; `null` when that has not moved. */
  acknowledge(): Promise<Bytes | null> {
    return this.turn(async () => {
      await this.fresh()
      const frame = this.engine.acknowledge()
      return frame === null ? null : this.parts.module.packMessage([frame])
    })
  }

  returned(): ReturnType<Engine['returned']> {
    return this.engine.returned()
  }

  /** Whether a refused change could be made once more now. */
  redoable(no: number): Promise<boolean> {
    return this.turn(async () => {
      await this.ready()
      try {
        await this.withBodies(() => this.engine.checkReturned(this.parts.now(), no))
        return true
      } catch (error) {
        if (error instanceof EngineFailure && error.kind === 'refused') return false
        throw error
      }
    })
  }

  holds(id: DocId): boolean {
    return this.engine.holds(id)
  }

  /** The first few fields of a document that has not arrived yet. */
  early(id: DocId): Row | null {
    return this.engine.rows().find((row) => row.id === id) ?? null
  }

  people(): Record<string, string> {
    return Object.fromEntries(this.engine.people().map(({ person, name }) => [person, name]))
  }

  takeTally(): Tally {
    return this.engine.takeTally()
  }

  newsSince(): News {
    return this.news
  }

  seenNews(): Promise<void> {
    return this.turn(async () => {
      await this.parts.store.apply({ own: new Map([[OWN.news, write([])]]) })
      this.news = []
    })
  }

  // Rows of lists.

  get rowsToMake(): number {
    return this.dirty.size
  }

  /** Rows that say what no longer holds although their documents have not changed: clocks, on a new day. */
  makeAnew(ids: readonly DocId[]): void {
    for (const id of ids) this.dirty.add(id)
  }

  /** Makes rows for a short time. Whether there are more to make. */
  makeRows(): Promise<boolean> {
    return this.turn(async () => {
      await this.fresh()
      const until = performance.now() + INDEX_SLICE_MS
      const records = new Map<string, Bytes | null>()
      const rows: [DocId, Kept | null][] = []
      for (const id of this.dirty) {
        const { kept, by } = this.engine.holds(id) ? await this.heldRow(id) : { kept: null, by: '' }
        rows.push([id, kept])
        records.set(ROW + id, kept === null ? null : write(kept))
        records.set(DIRTY + id, null)
        for (const one of this.news) if (one.doc === id) one.by = by
        if (performance.now() > until) break
      }
      this.drain()
      const engine = this.pending.size > 0 ? new Map(this.pending) : undefined
      try {
        // Rows can be made again: a power cut costs nothing but time. What reading has tidied up goes along.
        const durability = engine ? 'strict' : 'relaxed'
        await this.parts.store.apply({ engine, index: records, durability, spends: 'nothing' })
      } catch (error) {
        if (engine) this.stale = true
        throw error
      }
      this.pending.clear()
      for (const [id, kept] of rows) {
        this.showRow(id, kept)
        this.dirty.delete(id)
      }
      const docs = rows.map(([id]) => id)
      this.parts.tell({ docs, standing: false, wipe: false, progress: null, caughtUp: false })
      return this.dirty.size > 0
    })
  }

  /** Folds a journal that has grown long. */
  async tidy(): Promise<void> {
    const space = this.parts.store.wantsFold()
    if (space) await this.parts.store.fold(space)
  }

  // Memory and disk.

  private async ready(): Promise<void> {
    if (this.wipeOrdered) throw fail('wiped')
    await this.fresh()
  }

  private async fresh(): Promise<void> {
    if (!this.stale) return
    await this.reload()
    this.stale = false
  }

  /** Reads everything again: the truth is on the disk. */
  private async reload(): Promise<void> {
    this.pending.clear()
    const records = engineRecords(await this.parts.store.load('engine'))
    if (!this.broken) this.engine.free()
    this.broken = true
    this.engine = this.parts.module.open(records)
    this.broken = false
    this.dirty.clear()
    for (const id of await loadIndex(this.parts.store, this.parts.index)) this.dirty.add(id)
    this.readReturned()
  }

  private async settle(): Promise<void> {
    for (let id = this.engine.wantsRedo(); id !== null; id = this.engine.wantsRedo()) {
      try {
        this.engine.redo(this.parts.now(), id, await this.bodies(id))
      } catch (error) {
        // A damaged document must not stop the others; reading it says so.
        if (!(error instanceof EngineFailure && error.kind === 'corrupt')) throw error
      }
      this.drain()
    }
    await this.save({ answered: true })
  }

  private async save(what: {
    own?: Map<string, Bytes>
    spends?: 'text' | 'sync'
    /** Documents that changed were changed by this device's owner. */
    mine?: boolean
    /** They were changed by others. */
    foreign?: boolean
    /** Edits may have been answered or made anew. */
    answered?: boolean
  }): Promise<void> {
    const own = new Map<string, Bytes | null>(what.own ?? [])
    const index = new Map<string, Bytes | null>()
    const rows: [DocId, Kept | null][] = []
    const authors = new Map<DocId, string>()
    const nowMs = this.parts.now()
    const { changes, changed, removed, accepted } = collect(this.engine.takeEvents())
    const sinces = accepted.map((id): [DocId, number] => [id, nowMs])
    for (const id of removed) rows.push([id, null])
    if (changes.wipe) own.set(OWN.wipe, EMPTY)
    const held = [...changed].filter((id) => this.engine.holds(id))
    const early = await earlyRows(without(changed, held), this.engine)
    for (const id of without(changed, held)) rows.push([id, early.get(id) ?? null])
    // Many documents at once have their rows made later, in turns.
    const waiting = held.length > INDEX_AT_ONCE_MAX
    for (const id of held) {
      if (waiting) index.set(DIRTY + id, EMPTY)
      else {
        const { kept, by } = await this.heldRow(id)
        rows.push([id, kept])
        authors.set(id, by)
      }
    }
    for (const [id, kept] of rows) {
      index.set(ROW + id, kept === null ? null : write(kept))
      if (this.dirty.has(id)) index.set(DIRTY + id, null)
      if (kept === null) index.set(SINCE + id, null)
    }
    for (const [id, ms] of sinces) index.set(SINCE + id, write(ms))
    this.drain()
    const returned = [...this.pending.keys()].some((key) => key.startsWith('m/returned/'))
    const marks = what.mine ? this.marksOf(changed) : what.answered ? this.answeredMarks() : []
    for (const [id, mark] of marks) index.set(PENDING + id, mark === null ? null : write(mark))
    const unsent = this.engine.status().unsent
    if (unsent !== this.parts.index.unsent) index.set(UNSENT, write(unsent))
    const news = what.foreign ? this.withNews(changed, authors, nowMs) : null
    if (news) own.set(OWN.news, write(news))

    const step: Step = { engine: new Map(this.pending), index, own, spends: what.spends ?? 'sync' }
    if (this.pending.size + index.size + own.size > 0) {
      try {
        await this.parts.store.apply(step)
      } catch (error) {
        this.stale = true
        throw error
      }
    }
    this.pending.clear()
    if (changes.wipe) this.wipeOrdered = true
    if (news) this.news = news
    for (const [id, kept] of rows) {
      this.showRow(id, kept)
      this.dirty.delete(id)
    }
    if (waiting) for (const id of held) this.dirty.add(id)
    for (const [id, ms] of sinces) this.parts.index.setSince(id, ms)
    for (const [id, mark] of marks) this.parts.index.setPending(id, mark)
    this.parts.index.unsent = unsent
    if (returned) this.readReturned()
    changes.docs.push(...rows.map(([id]) => id), ...marks.map(([id]) => id))
    changes.docs = [...new Set(changes.docs)]
    this.parts.tell(changes)
  }

  private marksOf(edited: Set<DocId>): [DocId, Pending][] {
    return [...edited].flatMap((id) => (this.parts.index.pendingOf(id) === 'phone' ? [] : [[id, 'phone']]))
  }

  private answeredMarks(): [DocId, Pending | null][] {
    const touched = [...this.pending.keys()].some((key) => key.startsWith('m/out/'))
    return touched ? changedMarks(this.engine, this.parts.index) : []
  }

  /** What others changed, with the names of those this step has loaded anyway. */
  private withNews(changed: Set<DocId>, authors: Map<DocId, string>, atMs: number): News | null {
    // A first load is not news.
    if (changed.size === 0 || this.engine.status().syncedMs === 0) return null
    const kept = this.news.filter((one) => !changed.has(one.doc))
    const added = [...changed].map((doc) => ({ doc, atMs, by: authors.get(doc) ?? '' }))
    return [...kept, ...added].slice(-NEWS_MAX)
  }

  private readReturned(): void {
    const counts = new Map<DocId, number>()
    for (const one of this.engine.returned()) counts.set(one.doc, (counts.get(one.doc) ?? 0) + 1)
    this.parts.index.setReturned(counts)
  }

  private showRow(id: DocId, kept: Kept | null): void {
    if (kept === null) this.parts.index.remove(id)
    else this.parts.index.put(kept)
  }

  private heldRow(id: DocId): ReturnType<typeof heldRow> {
    return heldRow(
      id,
      () => this.engine,
      (call) => this.withBodies(call),
      this.parts.now(),
    )
  }

  private drain(): void {
    for (const [key, value] of this.engine.takeWrites()) this.pending.set(key, value)
  }

  /** Calls the engine, handing over the bodies it asks for. */
  private async withBodies<T>(call: () => T): Promise<T> {
    let supplied: DocId | null = null
    for (;;) {
      try {
        const answer = call()
        this.drain()
        return answer
      } catch (error) {
        this.drain()
        if (
          !(error instanceof EngineFailure) ||
          error.kind !== 'not_loaded' ||
          error.doc === null ||
          error.doc === supplied
        )
          throw error
        supplied = error.doc
        this.engine.supply(supplied, await this.bodies(supplied))
        this.drain()
      }
    }
  }

  /** The records of a document: what is stored, and over it what is about to be. */
  private async bodies(id: DocId): Promise<[string, Bytes][]> {
    this.drain()
    const prefix = this.engine.bodyPrefix(id)
    const records = new Map(await this.parts.store.bodies(prefix))
    for (const [key, value] of this.pending) {
      if (!key.startsWith(prefix)) continue
      if (value === null) records.delete(key)
      else records.set(key, value)
    }
    return [...records]
  }

  /** Signs a push. Stored before it is sent: after a crash the device knows what it may have said. */
  private async sign(push: Push): Promise<Bytes[]> {
    await this.save({})
    return push.finish(await Promise.all(push.toSign.map((message) => this.parts.key.sign(message))))
  }

  private turn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      if (this.freed) throw fail('locked')
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error
        if (error.kind === 'broken') {
          // A panic leaves nothing behind that can be trusted but the store.
          this.broken = true
          this.stale = true
          await this.parts.module.renew()
          await this.fresh()
        }
        throw new ClientError(error.problem)
      }
    })
    this.last = turn.catch(() => undefined)
    return turn
  }
}

/** Whether a failure means that another engine has taken over. */
export function isFenced(error: unknown): boolean {
  return error instanceof Fenced
}

/** What the engine opens: its own small records, without those it only wants kept. */
function engineRecords(records: Map<string, Bytes>): [string, Bytes][] {
  return [...records].filter(([key]) => key.startsWith('m'))
}
