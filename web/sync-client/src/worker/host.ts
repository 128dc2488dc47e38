/**
 * The device's life in this browser: empty, asking, locked, open, ended, wiped; and every call of a screen.
 *
 * Owns what is open at a time (database, vault, device, sync) and the order in which it is opened and closed. Lists are
 * readable before the engine has started. What calls answer is in `reads.ts`.
 */
import type {
  ClientEvent,
  DeskGranted,
  DeskRequest,
  DocId,
  Edit,
  LockMethod,
  Me,
  PrfKey,
  Stage,
  SyncState,
} from '../api'
import { ClientError } from '../api'
import { EngineFailure, type EngineModule, type Identity } from '../engine/port'
import { Attachments } from '../attachments/attachments'
import * as desk from '../enrol/desk'
import { type Ask, deniedBecause, enrol, type EnrolmentRecord } from '../enrol/enrol'
import { Index } from '../index/index'
import { loadReader } from '../index/pinyin'
import { markOf } from '../index/seen'
import { DeviceKey, type SealedKey } from '../key/device'
import { AUTO_LOCK_MS } from '../limits'
import { Server } from '../link/http'
import { Sync } from '../link/sync'
import { Guard, type Prepared } from '../lock/guard'
import { fail, problemOf, type Reasons } from '../problem'
import { Database } from '../store/database'
import { Store } from '../store/store'
import { Unreadable, type Vault } from '../store/vault'
import { type AnyCall, CALLS } from './calls'
import type { Changes } from './changes'
import { Device } from './device'
import { Drafts } from './drafts'
import { Reads } from './reads'
import { loadIndex, OWN, read, write } from './records'
import { Room } from './room'
import { meOf, type Open, stageOf, type Summary, SUMMARY_MS_MAX, syncOf } from './standing'
import { Teller } from './tell'
import { Support } from './support'

export interface HostParts {
  /** Name of the database. */
  database: string
  /** Address of the server, ending in a slash. */
  base: string
  appVersion: string
  load: () => Promise<EngineModule>
  now: () => number
  tell: (event: ClientEvent) => void
  /** Another engine has taken over: this worker must resign. */
  fenced: () => void
}

/** What a page knows and a worker does not. */
export interface PageHint {
  visible?: boolean
  /** It came to the front. */
  looked?: boolean
  /** The phone says that it has a network, perhaps another one: a hint to try, never believed. */
  online?: boolean
  touched?: boolean
  installed?: boolean
}

interface Settings {
  autoLockMs: number
}

const LOOK_EVERY_MS = 5_000
const STANDING_EVERY_MS = 60_000
/** How often a denied device asks why. */
const ASK_WHY_EVERY_MS = 60_000
/** How long after it could not be started the engine is tried again. */
const START_AGAIN_MS = 10_000
/** Time between a touch and locking is never shorter. */
const AUTO_LOCK_MS_MIN = 60_000

export class Host {
  private database: Database | null = null
  private guard: Guard | null = null
  private open: Open | null = null
  private vault: Vault | null = null
  private wiped = false
  private module: EngineModule | null = null
  private reasons: Reasons = {}
  private readonly index: Index
  private readonly teller: Teller
  readonly reads: Reads
  readonly drafts: Drafts
  private readonly room: Room
  private touchedMs: number
  private visible = true
  private installed = false
  private timer: ReturnType<typeof setInterval> | undefined
  private making = false
  /** While everything is encrypted anew: calls wait, and screens see what they saw. */
  private moving: { stage: Stage; sync: SyncState; done: Promise<unknown> } | null = null
  /** Opening and closing follow each other. */
  private last: Promise<unknown> = Promise.resolve()
  private lookedMs = 0
  private askedWhyMs = 0

  constructor(private readonly parts: HostParts) {
    this.index = new Index(parts.now)
    this.teller = new Teller(
      parts.tell,
      () => this.stage(),
      () => this.sync(),
    )
    this.reads = new Reads(this.index, {
      now: parts.now,
      me: () => this.me(),
      device: () => this.device(),
      makeAnew: (ids) => {
        this.open?.device?.makeAnew(ids)
        this.makeRows()
      },
      // Lists only need rows; while the engine starts, names and refusals are those rows know.
      early: () => this.open?.device ?? null,
    })
    this.drafts = new Drafts(() => this.opened().store, parts.now)
    this.room = new Room(parts.now)
    this.touchedMs = parts.now()
  }

  async start(): Promise<void> {
    await this.inTurn(async () => {
      this.database = await Database.open(this.parts.database)
      this.database.onclosing = () => this.parts.fenced()
      await this.database.takeFence()
      const { idb } = this.database
      this.wiped = (await idb.get('control', 'wiped')) === true
      this.guard = this.wiped ? null : await Guard.load(this.database, this.parts.now)
      if (this.guard?.method === 'none') await this.enter(await this.guard.open(null))
    })
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS)
    this.teller.flush()
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.inTurn(() => this.leave()).catch(() => undefined)
    this.database?.close()
    this.database = null
  }

  hint(hint: PageHint): void {
    if (hint.installed !== undefined) this.installed = hint.installed
    if (hint.touched) this.touchedMs = this.parts.now()
    if (hint.visible !== undefined) {
      this.lockIfDue()
      if (hint.visible && !this.visible) this.touchedMs = this.parts.now()
      this.visible = hint.visible
      this.open?.sync?.setVisible(hint.visible)
    }
    if (hint.online) {
      this.open?.sync?.lineChanged()
      this.open?.attachments?.hint()
    }
    if (hint.looked) this.open?.sync?.hint()
  }

  // Stage and status.

  stage(): Stage {
    if (this.moving) return this.moving.stage
    const { wiped, guard, open, module } = this
    return stageOf({ wiped, guard, open, module, now: this.parts.now() })
  }

  sync(): SyncState {
    if (this.moving) return this.moving.sync
    return syncOf(this.open, this.index, this.room.isLow(this.open?.store))
  }

  me(): Me | null {
    return meOf(this.open)
  }

  // Calls of screens.

  /** One call; `call` names it, so that a repetition has no second effect. */
  async call(method: string, args: unknown[], call: string): Promise<unknown> {
    this.lockIfDue()
    if (!Object.hasOwn(CALLS, method)) throw fail('broken')
    if (method !== 'stage' && method !== 'sync') await this.moving?.done
    return (CALLS as unknown as Record<string, AnyCall>)[method]?.(this, call, ...args)
  }

  // Opening and closing.

  /** The vault is open: lists first, then the engine. */
  private async enter(vault: Vault): Promise<void> {
    const database = this.databaseOpen()
    const store = new Store(database, vault)
    const dirty = await loadIndex(store, this.index)
    const settings = read<Settings>(await store.own(OWN.settings))
    this.open = {
      store,
      autoLockMs: settings?.autoLockMs ?? AUTO_LOCK_MS,
      summary: read<Summary>(await store.own(OWN.summary)),
      enrolment: read<EnrolmentRecord>(await store.own(OWN.enrolment)),
      key: null,
      device: null,
      sync: null,
      attachments: null,
      standing: null,
      dirty,
      started: Promise.resolve(),
      failed: null,
    }
    this.vault = vault
    this.touchedMs = this.parts.now()
    this.startSoon(this.open)
  }

  private startSoon(open: Open): void {
    open.failed = null
    open.started = this.startEngine(open).catch((error: unknown) => {
      if (this.open !== open) return
      const damaged = error instanceof Unreadable || (error instanceof EngineFailure && error.kind === 'corrupt')
      open.failed = { error, damaged }
      this.teller.changed()
      // What could not be fetched or read now may be there later.
      if (!damaged) setTimeout(() => this.open === open && !open.device && this.startSoon(open), START_AGAIN_MS)
    })
  }

  private async startEngine(open: Open): Promise<void> {
    const sealed = await this.sealedKey()
    const { vault } = this
    if (!sealed || !vault) return
    const [module, key] = await Promise.all([this.engineModule(), DeviceKey.open(vault, sealed)])
    open.key = key
    if (!open.enrolment) return
    const device = await Device.open(this.deviceParts(open, module, key), open.dirty)
    await this.engineStarted(open, device, module)
  }

  private async engineStarted(open: Open, device: Device, module: EngineModule): Promise<void> {
    if (this.open !== open) return device.close()
    open.standing = await device.standing()
    open.device = device
    open.sync = new Sync({
      device,
      server: new Server(this.parts.base, module, this.reasons),
      module,
      now: this.parts.now,
      random: Math.random,
      storageLeftMiB: async () => (await this.room.look()) ?? 0,
      step: () => {
        this.teller.changed()
        open.attachments?.nudge()
      },
      wipe: () => this.inTurn(() => this.wipe()),
      fenced: () => this.parts.fenced(),
    })
    open.attachments = await this.attachmentsOf(open, device)
    open.sync.setVisible(this.visible)
    open.sync.start()
    this.teller.changed()
    this.makeRows()
    // Before the first edit needs it.
    void loadReader()
    void this.room
      .look()
      .then((left) => open.store.reserve(left))
      .catch(() => undefined)
    await this.noteSummary().catch(() => undefined)
  }

  private attachmentsOf(open: Open, device: Device): Promise<Attachments> {
    const { base, now, tell } = this.parts
    return Attachments.open({
      store: open.store,
      base,
      now,
      random: Math.random,
      reasons: this.reasons,
      skewMs: () => open.sync?.skewMs ?? 0,
      signer: () => {
        const { deployment, device: id } = device.status()
        if (!open.key) throw fail('locked')
        const { key } = open
        return { deployment, device: id, sign: (message) => key.sign(message) }
      },
      textIsOut: () => open.sync?.phase === 'complete' && device.status().unsent === 0,
      pending: () => device.look.pending(),
      connection: () => (navigator as { connection?: { type?: string } }).connection?.type ?? null,
      storageLow: () => this.room.isLow(open.store),
      tell: (hashes) => this.open === open && tell({ type: 'attachments', hashes }),
    })
  }

  async attachments(): Promise<Attachments> {
    await this.device()
    const { attachments } = this.opened()
    if (!attachments) throw fail('not_enrolled_yet')
    return attachments
  }

  private deviceParts(open: Open, module: EngineModule, key: DeviceKey) {
    return {
      module,
      key,
      store: open.store,
      index: this.index,
      now: this.parts.now,
      tell: (changes: Changes) => this.told(open, changes),
    }
  }

  private async leave(): Promise<void> {
    const open = this.open
    this.open = null
    this.vault = null
    await open?.sync?.stop()
    await open?.attachments?.stop()
    await open?.device?.close()
    this.index.clear()
  }

  /** By the secret, or by what the phone's own unlocking has made. */
  async unlock(by: { secret: string } | { prf: string }): Promise<void> {
    if (this.open) return
    const { guard } = this
    if (!guard) throw fail('not_enrolled_yet')
    try {
      await this.enter(await ('prf' in by ? guard.openWithPrf(by.prf) : guard.open(by.secret)))
    } finally {
      this.teller.flush()
    }
  }

  async lock(): Promise<void> {
    if (!this.open || !this.guard || this.guard.method === 'none') return
    await this.leave()
    this.teller.flush()
  }

  async addPrf(key: PrfKey, output: string, current: string): Promise<void> {
    this.opened()
    if (!this.guard) throw fail('not_enrolled_yet')
    await this.guard.addPrf(key, output, current)
  }

  async setLock(method: LockMethod, secret: string | null, current: string | null): Promise<void> {
    const open = this.opened()
    const guard = this.guard
    const sealed = await this.sealedKey()
    if (!guard || !sealed) throw fail('not_enrolled_yet')
    const next = await Guard.prepare(method, secret)
    const vault = await guard.open(current)
    await open.started
    const done = this.encryptAnew(guard, vault, next, sealed)
    this.moving = { stage: this.stage(), sync: this.sync(), done: done.catch(() => undefined) }
    try {
      await done
    } finally {
      this.moving = null
      this.teller.flush()
    }
  }

  /** A new key for everything: what the old one was wrapped with may still lie in the browser's files. */
  private async encryptAnew(guard: Guard, vault: Vault, next: Prepared, sealed: SealedKey): Promise<void> {
    // In its own turn, so that whoever asks has been told to wait.
    await Promise.resolve()
    await this.leave()
    try {
      const key = await DeviceKey.reseal(vault, next.vault, sealed)
      await new Store(this.databaseOpen(), vault).rekey(next.vault, Object.values(OWN), (tx) => {
        void tx.objectStore('control').put(next.record, 'lock')
        void tx.objectStore('control').put(key, 'key')
      })
      guard.replaced(next.record)
    } catch (error) {
      await this.enter(vault)
      throw error
    }
    await this.enter(next.vault)
    await this.open?.started
  }

  async setAutoLock(ms: number): Promise<void> {
    const open = this.opened()
    const settings: Settings = { autoLockMs: Math.max(AUTO_LOCK_MS_MIN, ms) }
    await open.store.apply({ own: new Map([[OWN.settings, write(settings)]]) })
    open.autoLockMs = settings.autoLockMs
  }

  async enrol(ask: Ask): Promise<void> {
    if (this.wiped) throw fail('wiped')
    const { open, key, module } = await this.keyed()
    if (open.device || open.enrolment) throw fail('already_enrolled')
    const server = new Server(this.parts.base, module, this.reasons)
    const { appVersion, now } = this.parts
    const { identity, record } = await enrol(ask, key, { server, module, appVersion, nowMs: now() })
    await this.letIn(open, key, identity, record)
  }

  /** What the page of a desk is to send for a sign-in; `null` where this device lives by it already. */
  async deskRequest(session: string, model: string): Promise<DeskRequest | null> {
    await this.open?.started
    if (this.wiped || this.open?.failed?.damaged) {
      await this.destroy(false)
      this.wiped = false
    }
    const { open, key, module } = await this.keyed()
    if (open.enrolment && open.enrolment.session === undefined) throw fail('already_enrolled')
    if (open.enrolment?.session === session) return null
    return desk.deskRequest(session, model, key, { module, appVersion: this.parts.appVersion })
  }

  /** The server has let the key of a desk in, for the first time or for another sign-in. */
  async deskOpened(session: string, granted: DeskGranted): Promise<void> {
    const { open, key, module } = await this.keyed()
    const { appVersion, now } = this.parts
    const { identity, record } = desk.deskOpened(session, granted, key, { module, appVersion, nowMs: now() })
    if (!open.device) return this.letIn(open, key, identity, record)
    await open.store.apply({ own: new Map([[OWN.enrolment, write(record)]]) })
    open.enrolment = record
    // The new grant comes with the next exchange.
    open.sync?.hint()
  }

  /** The store and the key of a device that asks to be let in, made if they are not there. */
  private async keyed(): Promise<{ open: Open; key: DeviceKey; module: EngineModule }> {
    const database = this.databaseOpen()
    if (!this.guard) {
      const made = await Guard.make(database, this.parts.now)
      this.guard = made.guard
      await this.enter(made.vault)
    }
    const open = this.opened()
    const { vault } = this
    await open.started
    if (!vault) throw fail('locked')
    const module = await this.engineModule()
    if (!open.key) {
      const sealed = await this.sealedKey()
      if (sealed) open.key = await DeviceKey.open(vault, sealed)
      else {
        const made = await DeviceKey.generate(vault)
        await database.write('strict', ['control'], (tx) => void tx.objectStore('control').put(made.sealed, 'key'))
        open.key = made.key
      }
    }
    return { open, key: open.key, module }
  }

  private async letIn(open: Open, key: DeviceKey, identity: Identity, record: EnrolmentRecord): Promise<void> {
    const module = await this.engineModule()
    const own = new Map([[OWN.enrolment, write(record)]])
    const device = await Device.create(this.deviceParts(open, module, key), identity, own)
    open.enrolment = record
    await this.engineStarted(open, device, module)
    this.teller.flush()
  }

  async startOver(unsent: number): Promise<void> {
    if (this.guard && !this.open) {
      // Locked, and the secret is forgotten: what is unsent cannot be counted, and whoever asks says so.
      if (unsent !== -1) throw fail('unsent_changed')
    } else {
      await this.open?.started
      if ((this.open?.device?.status().unsent ?? 0) !== unsent) throw fail('unsent_changed')
    }
    await this.destroy(false)
    this.wiped = false
    this.teller.flush()
  }

  /** The server ordered everything destroyed: the key first, durably, and then the rest. */
  private async wipe(): Promise<void> {
    await this.destroy(true)
    this.wiped = true
    this.teller.flush()
  }

  private async destroy(ordered: boolean): Promise<void> {
    const database = this.databaseOpen()
    await database.write('strict', ['control'], (tx) => {
      const control = tx.objectStore('control')
      void control.delete('lock')
      void control.delete('key')
      if (ordered) void control.put(true, 'wiped')
    })
    this.guard = null
    const open = this.open
    this.open = null
    this.vault = null
    // The sync loop may be the one that asks.
    void open?.sync?.stop()
    void open?.attachments?.stop()
    await open?.device?.close()
    this.index.clear()
    await Store.clear(database)
    if (!ordered) await database.write('strict', ['control'], (tx) => void tx.objectStore('control').delete('wiped'))
    if (typeof caches !== 'undefined') {
      // The app's own shell holds no data and must still open to say what happened.
      for (const name of await caches.keys()) if (!name.includes('precache')) await caches.delete(name)
    }
  }

  // Being told.

  private told(open: Open, changes: Changes): void {
    if (this.open !== open) return
    open.sync?.noteProgress(changes.progress, changes.caughtUp)
    if (open.device && (changes.standing || changes.caughtUp || changes.wipe)) void this.look()
    this.teller.changed(changes.docs)
    if (open.device && open.device.rowsToMake > 0) this.makeRows()
  }

  /** Looks how the device stands, and locks when it is time. */
  private async look(): Promise<void> {
    this.lockIfDue()
    const open = this.open
    if (!open?.device) return
    try {
      open.standing = await open.device.standing()
      await this.noteSummary()
      await open.attachments?.trim()
      await this.askWhyDenied(open)
    } catch {
      // Locked or closed in between, or nobody to ask: it is asked again.
    }
    this.teller.changed()
  }

  /** The verdict comes with the exchange, the administrator's words are asked for. */
  private async askWhyDenied(open: Open): Promise<void> {
    const { standing, enrolment, key } = open
    if (standing?.name !== 'ended' || standing.status !== 'denied') return
    if (!enrolment || !key || enrolment.deniedBecause !== undefined) return
    const now = this.parts.now()
    if (Math.abs(now - this.askedWhyMs) < ASK_WHY_EVERY_MS) return
    this.askedWhyMs = now
    const module = await this.engineModule()
    const server = new Server(this.parts.base, module, this.reasons)
    const said = await deniedBecause(key, { server, module, appVersion: this.parts.appVersion })
    const record = { ...enrolment, deniedBecause: said }
    await open.store.apply({ own: new Map([[OWN.enrolment, write(record)]]) })
    open.enrolment = record
  }

  private lockIfDue(): void {
    const now = this.parts.now()
    if (now - this.lookedMs > STANDING_EVERY_MS) {
      this.lookedMs = now
      if (this.open?.device) void this.look()
    }
    if (!this.open || !this.guard || this.guard.method === 'none') return
    // A clock that jumps, either way, counts as time.
    if (Math.abs(now - this.touchedMs) > this.open.autoLockMs) void this.inTurn(() => this.lock())
  }

  private makeRows(): void {
    const device = this.open?.device
    if (this.making || !device) return
    this.making = true
    void (async () => {
      try {
        while (this.open?.device === device && (await device.makeRows()))
          await new Promise((resolve) => setTimeout(resolve, 0))
        await device.tidy()
      } catch {
        // They are made when the app opens next.
      } finally {
        this.making = false
      }
    })()
  }

  private async noteSummary(): Promise<void> {
    const open = this.open
    const stage = this.stage()
    if (!open?.device) return
    const { syncedMs } = open.device.status()
    const known = open.summary
    const atMs = this.parts.now()
    if (stage.name !== 'ready' && stage.name !== 'loading') {
      if (known) await open.store.apply({ own: new Map([[OWN.summary, null]]) })
      open.summary = null
      return
    }
    const summary: Summary = { stage: stage.name, me: this.me(), syncedMs, atMs }
    const same = known && JSON.stringify({ ...known, atMs: 0 }) === JSON.stringify({ ...summary, atMs: 0 })
    if (same && atMs - known.atMs < SUMMARY_MS_MAX / 4) return
    await open.store.apply({ own: new Map([[OWN.summary, write(summary)]]), durability: 'relaxed' })
    open.summary = summary
  }

  // Parts of calls.

  async edit(edits: Edit[], call: string): Promise<string[]> {
    const device = await this.device()
    const standing = this.opened().standing
    if (standing?.name === 'ended') throw fail('ended')
    const docs = await device.editAll(edits, call)
    // Noted after the edit: what dies in between is found again among what has not been sent.
    await this.opened().attachments?.bind(edits, docs)
    this.edited()
    // Who hears "saved" must already see it counted as unsent: a screen never looks complete with an edit of its own on the way.
    this.teller.flush()
    return docs
  }

  /** Leaves the mark of this person's office on a need, where there is one to leave; once, however often this is asked. */
  async noteSeen(need: DocId): Promise<boolean> {
    const me = this.me()
    const device = await this.device()
    const mark = me && markOf((await device.show(need)).value, me, this.parts.now())
    if (!mark) return false
    await this.edit([{ doc: need, ops: [mark] }], `seen ${need} ${me.person} ${me.unit ?? ''}`)
    return true
  }

  /** Something is to be sent. */
  edited(): void {
    this.open?.sync?.edited()
  }

  async syncNow(): Promise<void> {
    await this.device()
    await this.open?.sync?.now()
  }

  /** Something held is to be shown: not while the device is silent or ended. */
  async show<T>(work: () => T | Promise<T>): Promise<T> {
    this.opened()
    const stage = this.stage()
    if (stage.name === 'silent') throw fail('silent')
    if (stage.name === 'ended') throw fail(this.open?.failed?.damaged ? 'store_damaged' : 'ended')
    return work()
  }

  async device(): Promise<Device> {
    const open = this.opened()
    await open.started
    if (this.open !== open) throw fail('locked')
    if (open.failed) throw open.failed.damaged ? fail('store_damaged') : new ClientError(problemOf(open.failed.error))
    if (!open.device) throw fail('not_enrolled_yet')
    return open.device
  }

  opened(): Open {
    if (this.open) return this.open
    if (this.wiped) throw fail('wiped')
    throw fail(this.guard ? 'locked' : 'not_enrolled_yet')
  }

  private databaseOpen(): Database {
    if (!this.database) throw fail('taken_over')
    return this.database
  }

  private async sealedKey(): Promise<SealedKey | null> {
    const database = this.databaseOpen()
    return ((await database.read(() => database.idb.get('control', 'key'))) as SealedKey | undefined) ?? null
  }

  async engineModule(): Promise<EngineModule> {
    if (!this.module) {
      this.module = await this.parts.load()
      this.reasons = this.module.catalogue(null).reasons
    }
    return this.module
  }

  support(): Support {
    const { guard, open, module, room, installed, parts } = this
    return new Support({
      guard,
      open,
      module,
      room,
      installed,
      index: this.index,
      stage: this.stage(),
      sync: this.sync(),
      ...parts,
    })
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work)
    this.last = turn.catch(() => undefined)
    return turn
  }
}
