/**
 * The device's life in this browser: empty, asking, locked, open, ended, wiped; and every call of a screen.
 *
 * Owns what is open at a time (database, vault, device, sync) and the order in which it is opened and closed. Lists are
 * readable before the engine has started. What calls answer is in `reads.ts`.
 */
import type { ClientEvent, Draft, Edit, FieldCheck, LockMethod, Me, Stage, SyncState } from '../api'
import { ClientError } from '../api'
import type { DeviceStatus, EngineModule, Standing } from '../engine/port'
import { type Ask, enrol, type EnrolmentRecord, shown } from '../enrol/enrol'
import { Index } from '../index/index'
import { DeviceKey, type SealedKey } from '../key/device'
import { AUTO_LOCK_MS, DRAFTS_MAX, STORAGE_LOW_MIB } from '../limits'
import { Server } from '../link/http'
import { Sync } from '../link/sync'
import { Guard } from '../lock/guard'
import { fail, problemOf, type Reasons } from '../problem'
import { Database } from '../store/database'
import { Store } from '../store/store'
import type { Vault } from '../store/vault'
import { type Changes, Device, loadIndex, OWN, read, write } from './device'
import { Reads } from './reads'
import { Teller } from './tell'
import { reportOf, unsentInWords } from './words'

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
  online?: boolean
  touched?: boolean
  installed?: boolean
}

interface Settings {
  autoLockMs: number
}

/** How the device stood when last looked at: shown until the engine has started. */
interface Summary {
  stage: 'ready' | 'loading'
  me: Me | null
  syncedMs: number
  atMs: number
}

/** How old a summary may be to be believed until the engine says so itself. */
const SUMMARY_MS_MAX = 12 * 3_600_000
const STANDING_EVERY_MS = 60_000
const ESTIMATE_EVERY_MS = 30_000
const SUMMARY = 'summary'

/** What is open while the store is unlocked. */
interface Open {
  vault: Vault
  store: Store
  settings: Settings
  summary: Summary | null
  enrolment: EnrolmentRecord | null
  key: DeviceKey | null
  device: Device | null
  sync: Sync | null
  standing: Standing | null
  progress: { done: number; total: number } | null
  /** Resolves when the engine has started, or it is known that there is none. */
  started: Promise<void>
}

const WHY: Partial<Record<DeviceStatus, Extract<Stage, { name: 'ended' }>['why']>> = {
  denied: 'denied',
  revoked: 'revoked',
  lost: 'lost',
  suspended: 'cloned',
  replaced: 'replaced',
}

export class Host {
  private database: Database | null = null
  private guard: Guard | null = null
  private open: Open | null = null
  private wiped = false
  private damaged = false
  private module: EngineModule | null = null
  private reasons: Reasons = {}
  private readonly index: Index
  private readonly teller: Teller
  private readonly reads: Reads
  private touchedMs: number
  private visible = true
  private installed = false
  private timer: ReturnType<typeof setInterval> | undefined
  private making = false
  private leftMiB: number | null = null
  private estimatedMs = 0
  /** Opening and closing follow each other. */
  private last: Promise<unknown> = Promise.resolve()
  private lastDraft: Promise<unknown> = Promise.resolve()
  private lookedMs = 0
  private startFailed: unknown = null

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
      // Lists only need rows; while the engine starts, names and refusals are those rows know.
      early: () => this.open?.device ?? null,
    })
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
    this.timer = setInterval(() => void this.look(), 5_000)
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
    if (hint.online) this.open?.sync?.hint()
  }

  // Stage and status.

  stage(): Stage {
    if (this.wiped) return { name: 'wiped' }
    if (!this.guard) return { name: 'empty' }
    if (!this.open)
      return { name: 'locked', method: this.guard.method, wrong: this.guard.wrong, retryAtMs: this.guard.retryAtMs }
    if (this.damaged) return { name: 'ended', why: 'lost', reason: 'store_damaged' }
    const { device, standing, enrolment, key, summary, sync } = this.open
    if (!device || !standing) {
      if (summary && believable(summary, this.parts.now())) {
        return summary.stage === 'ready'
          ? { name: 'ready' }
          : { name: 'loading', progress: { done: 0, total: 0, bytes: 0 } }
      }
      return enrolment ? { name: 'loading', progress: { done: 0, total: 0, bytes: 0 } } : { name: 'empty' }
    }
    if (device.wipeOrdered) return { name: 'ended', why: 'revoked', reason: 'device_revoked' }
    if (standing.name === 'ended') {
      const why = WHY[standing.status] ?? 'revoked'
      return { name: 'ended', why, reason: `device_${standing.status}` }
    }
    if (standing.name === 'waiting') {
      if (!enrolment || !key || !this.module) return { name: 'empty' }
      return { name: 'waiting', enrolment: shown(enrolment, key.publicKey, this.module) }
    }
    if (sync?.problem?.code === 'grant_expired') return { name: 'ended', why: 'expired', reason: 'grant_expired' }
    if (standing.name === 'locked') {
      const { syncedMs } = device.status()
      return { name: 'silent', lastContactMs: syncedMs }
    }
    if (device.status().syncedMs === 0) {
      return { name: 'loading', progress: sync?.progress ?? { done: 0, total: 0, bytes: 0 } }
    }
    return { name: 'ready' }
  }

  sync(): SyncState {
    const { device, sync, summary } = this.open ?? { device: null, sync: null, summary: null }
    const status = device?.status()
    return {
      phase: sync?.phase ?? 'offline',
      unsent: status?.unsent ?? this.index.unsent,
      oldestUnsentMs: status?.oldestUnsentMs ?? null,
      waiting: status?.waiting ?? 0,
      returned: status?.returned ?? 0,
      conflicts: this.open ? this.index.conflicts() : 0,
      syncedMs: status?.syncedMs ?? summary?.syncedMs ?? 0,
      skewMs: sync?.skewMs ?? 0,
      progress: sync?.progress ?? null,
      problem: sync?.problem ?? null,
      nextTryMs: sync?.nextTryMs ?? null,
      storageLow: this.storageLow(),
    }
  }

  me(): Me | null {
    const { device, enrolment, summary } = this.open ?? { device: null, enrolment: null, summary: null }
    const status = device?.status()
    if (!status) return summary?.me ?? null
    if (!status.grant || status.grant.status !== 'active') return null
    const { person, name, role, villages, unit, expiresMs } = status.grant
    const deployment = enrolment?.deploymentName ?? ''
    return { person, name, role, villages, unit, grantExpiresMs: expiresMs, deployment, device: status.device }
  }

  // Calls of screens.

  /** One call; `call` names it, so that a repetition has no second effect. */
  async call(method: string, args: unknown[], call: string): Promise<unknown> {
    this.lockIfDue()
    const handler = (this.handlers as Record<string, ((call: string, ...args: never[]) => unknown) | undefined>)[method]
    if (!handler) throw fail('broken')
    return handler(call, ...(args as never[]))
  }

  private readonly handlers = {
    stage: () => this.stage(),
    sync: () => this.sync(),
    me: () => this.me(),
    catalogue: async () => (await this.engineModule()).catalogue(this.me()?.role ?? null),

    enrol: (_: string, ask: Ask) => this.inTurn(() => this.enrol(ask)),
    startOver: (_: string, confirm: { unsent: number }) => this.inTurn(() => this.startOver(confirm.unsent)),
    unlock: (_: string, secret: string) => this.inTurn(() => this.unlock(secret)),
    lock: () => this.inTurn(() => this.lock()),
    setLock: (_: string, method: LockMethod, secret: string | null, current: string | null) =>
      this.inTurn(() => this.setLock(method, secret, current)),
    autoLock: () => this.opened().settings.autoLockMs,
    setAutoLock: (_: string, ms: number) => this.setAutoLock(ms),

    households: (_: string, ...args: Parameters<Reads['households']>) =>
      this.show(() => this.reads.households(...args)),
    needs: (_: string, ...args: Parameters<Reads['needs']>) => this.show(() => this.reads.needs(...args)),
    visits: (_: string, household: string) => this.show(() => this.reads.visits(household)),
    today: () => this.show(() => this.reads.today()),
    doc: (_: string, id: string) => this.show(() => this.reads.doc(id)),
    villages: () => this.show(() => this.reads.villages()),
    groups: (_: string, village: string) => this.show(() => this.reads.groups(village)),
    names: () => this.show(() => this.reads.names()),
    conflicts: () => this.show(() => this.reads.conflicts()),
    returned: () => this.show(() => this.reads.returned()),
    duplicates: (_: string, ...args: Parameters<Reads['duplicates']>) =>
      this.show(() => this.reads.duplicates(...args)),
    seenNews: async () => (await this.device()).seenNews(),

    edit: async (call: string, edit: Edit) => (await this.edit([edit], call))[0],
    editAll: (call: string, edits: Edit[]) => this.edit(edits, call),
    dismissReturned: async (_: string, no: number) => {
      if (!(await (await this.device()).dismiss(no))) throw fail('no_such_returned')
    },
    redoReturned: async (call: string, no: number) => {
      if (!(await (await this.device()).redoReturned(no, call))) throw fail('no_such_returned')
      this.open?.sync?.edited()
    },
    saveDraft: (_: string, key: string, value: unknown) => this.draft(key, value),
    dropDraft: (_: string, key: string) => this.draft(key, undefined),
    drafts: async () => this.drafts(),

    syncNow: async () => {
      await this.device()
      await this.open?.sync?.now()
    },
    report: () => this.report(),
    unsentText: () => this.unsentText(),
    fieldCheck: (_: string, persisted: boolean) => this.fieldCheck(persisted),
  }

  // Opening and closing.

  /** The vault is open: lists first, then the engine. */
  private async enter(vault: Vault): Promise<void> {
    const database = this.databaseOpen()
    const store = new Store(database, vault)
    const dirty = await loadIndex(store, this.index)
    const open: Open = {
      vault,
      store,
      settings: read<Settings>(await store.own(OWN.settings)) ?? { autoLockMs: AUTO_LOCK_MS },
      summary: read<Summary>(await store.own(SUMMARY)),
      enrolment: read<EnrolmentRecord>(await store.own(OWN.enrolment)),
      key: null,
      device: null,
      sync: null,
      standing: null,
      progress: null,
      started: Promise.resolve(),
    }
    this.open = open
    this.touchedMs = this.parts.now()
    this.damaged = false
    open.started = this.startEngine(open, dirty).catch((error: unknown) => {
      if (this.open !== open) return
      this.damaged = true
      this.startFailed = error
      this.teller.changed()
    })
  }

  private async startEngine(open: Open, dirty: string[]): Promise<void> {
    const sealed = await this.sealedKey()
    if (!sealed) return
    const [module, key] = await Promise.all([this.engineModule(), DeviceKey.open(open.vault, sealed)])
    open.key = key
    if (!open.enrolment) return
    const device = await Device.open(this.deviceParts(open, module, key), dirty)
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
      storageLeftMiB: async () => (await this.estimate()) ?? 0,
      step: () => this.teller.changed(),
      wipe: () => this.inTurn(() => this.wipe()),
      fenced: () => this.parts.fenced(),
    })
    open.sync.setVisible(this.visible)
    open.sync.start()
    this.teller.changed()
    this.makeRows()
    void this.estimate()
      .then((left) => open.store.reserve(left))
      .catch(() => undefined)
    await this.noteSummary().catch(() => undefined)
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
    await open?.sync?.stop()
    await open?.device?.close()
    this.index.clear()
  }

  private async unlock(secret: string): Promise<void> {
    if (this.open) return
    if (!this.guard) throw fail('not_enrolled_yet')
    try {
      await this.enter(await this.guard.open(secret))
    } finally {
      this.teller.flush()
    }
  }

  private async lock(): Promise<void> {
    if (!this.open || !this.guard || this.guard.method === 'none') return
    await this.leave()
    this.teller.flush()
  }

  private async setLock(method: LockMethod, secret: string | null, current: string | null): Promise<void> {
    const open = this.opened()
    const guard = this.guard
    const sealed = await this.sealedKey()
    if (!guard || !sealed) throw fail('not_enrolled_yet')
    const next = await Guard.prepare(method, secret)
    const vault = await guard.open(current)
    await open.started
    await this.leave()
    // A new key for everything: what the old one was wrapped with may still lie in the browser's files.
    try {
      const key = await DeviceKey.reseal(vault, next.vault, sealed)
      await new Store(this.databaseOpen(), vault).rekey(next.vault, [...Object.values(OWN), SUMMARY], (tx) => {
        void tx.objectStore('control').put(next.record, 'lock')
        void tx.objectStore('control').put(key, 'key')
      })
      guard.replaced(next.record)
      await this.enter(next.vault)
    } catch (error) {
      await this.enter(vault)
      throw error
    }
    this.teller.flush()
  }

  private async setAutoLock(ms: number): Promise<void> {
    const open = this.opened()
    const settings = { ...open.settings, autoLockMs: Math.max(60_000, ms) }
    await open.store.apply({ own: new Map([[OWN.settings, write(settings)]]) })
    open.settings = settings
  }

  private async enrol(ask: Ask): Promise<void> {
    const database = this.databaseOpen()
    if (this.wiped) throw fail('wiped')
    if (!this.guard) {
      const made = await Guard.make(database, this.parts.now)
      this.guard = made.guard
      await this.enter(made.vault)
    }
    const open = this.opened()
    await open.started
    if (open.device) throw fail('already_enrolled')
    const module = await this.engineModule()
    if (!open.key) {
      const sealed = await this.sealedKey()
      if (sealed) open.key = await DeviceKey.open(open.vault, sealed)
      else {
        const made = await DeviceKey.generate(open.vault)
        await database.write('strict', ['control'], (tx) => void tx.objectStore('control').put(made.sealed, 'key'))
        open.key = made.key
      }
    }
    const server = new Server(this.parts.base, module, this.reasons)
    const { appVersion, now } = this.parts
    const { identity, record } = await enrol(ask, open.key, { server, module, appVersion, nowMs: now() })
    const device = await Device.create(
      this.deviceParts(open, module, open.key),
      identity,
      new Map([[OWN.enrolment, write(record)]]),
    )
    open.enrolment = record
    await this.engineStarted(open, device, module)
    this.teller.flush()
  }

  private async startOver(unsent: number): Promise<void> {
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
    // The sync loop may be the one that asks.
    void open?.sync?.stop()
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
    } catch {
      // Locked or closed in between.
    }
    this.teller.changed()
  }

  private lockIfDue(): void {
    const now = this.parts.now()
    if (now - this.lookedMs > STANDING_EVERY_MS) {
      this.lookedMs = now
      if (this.open?.device) void this.look()
    }
    if (!this.open || !this.guard || this.guard.method === 'none') return
    // A clock that jumps, either way, counts as time.
    if (Math.abs(now - this.touchedMs) > this.open.settings.autoLockMs) void this.inTurn(() => this.lock())
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
      if (known) await open.store.apply({ own: new Map([[SUMMARY, null]]) })
      open.summary = null
      return
    }
    const summary: Summary = { stage: stage.name, me: this.me(), syncedMs, atMs }
    const same = known && JSON.stringify({ ...known, atMs: 0 }) === JSON.stringify({ ...summary, atMs: 0 })
    if (same && atMs - known.atMs < SUMMARY_MS_MAX / 4) return
    await open.store.apply({ own: new Map([[SUMMARY, write(summary)]]), durability: 'relaxed' })
    open.summary = summary
  }

  // Parts of calls.

  private async edit(edits: Edit[], call: string): Promise<string[]> {
    const device = await this.device()
    const standing = this.opened().standing
    if (standing?.name === 'ended') throw fail('ended')
    const docs = await device.editAll(edits, call)
    this.open?.sync?.edited()
    return docs
  }

  /** Something held is to be shown: not while the device is silent or ended. */
  private async show<T>(work: () => T | Promise<T>): Promise<T> {
    this.opened()
    const stage = this.stage()
    if (stage.name === 'silent') throw fail('silent')
    if (stage.name === 'ended') throw fail(this.damaged ? 'store_damaged' : 'ended')
    return work()
  }

  private async device(): Promise<Device> {
    const open = this.opened()
    await open.started
    if (this.open !== open) throw fail('locked')
    if (this.damaged)
      throw this.startFailed instanceof Error ? new ClientError(problemOf(this.startFailed)) : fail('store_damaged')
    if (!open.device) throw fail('not_enrolled_yet')
    return open.device
  }

  private opened(): Open {
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

  private async engineModule(): Promise<EngineModule> {
    if (!this.module) {
      this.module = await this.parts.load()
      this.reasons = this.module.catalogue(null).reasons
    }
    return this.module
  }

  private async drafts(): Promise<Draft[]> {
    return read<Draft[]>(await this.opened().store.own(OWN.drafts)) ?? []
  }

  private draft(key: string, value: unknown): Promise<void> {
    const work = async () => {
      const rest = (await this.drafts()).filter((draft) => draft.key !== key)
      const next = value === undefined ? rest : [...rest, { key, value, savedMs: this.parts.now() }].slice(-DRAFTS_MAX)
      await this.opened().store.apply({
        own: new Map([[OWN.drafts, write(next)]]),
        durability: 'relaxed',
        spends: 'text',
      })
    }
    const turn = this.lastDraft.then(work, work)
    this.lastDraft = turn.catch(() => undefined)
    return turn
  }

  private async unsentText(): Promise<string> {
    const device = await this.device()
    const catalogue = (await this.engineModule()).catalogue(null)
    return unsentInWords(device.look.pending(), (doc) => this.index.title(doc), catalogue)
  }

  private async fieldCheck(persisted: boolean): Promise<FieldCheck> {
    this.estimatedMs = 0
    const left = await this.estimate()
    await this.open?.store.reserve(left).catch(() => undefined)
    const status = this.open?.device?.status()
    return {
      persisted,
      installed: this.installed,
      storageLeftMiB: left,
      storageLow: this.storageLow(),
      clockSkewMs: this.open?.sync ? this.open.sync.skewMs : null,
      caughtUp:
        (status?.syncedMs ?? 0) > 0 &&
        (this.open?.sync?.phase !== 'complete' || this.open.device?.look.caughtUp === true),
      lock: this.guard?.method ?? 'none',
    }
  }

  private async estimate(): Promise<number | null> {
    const now = this.parts.now()
    if (now - this.estimatedMs < ESTIMATE_EVERY_MS) return this.leftMiB
    this.estimatedMs = now
    const estimate = await navigator.storage?.estimate?.().catch(() => null)
    const { quota, usage } = estimate ?? {}
    this.leftMiB =
      quota === undefined || usage === undefined ? null : Math.max(0, Math.floor((quota - usage) / 1_048_576))
    return this.leftMiB
  }

  private storageLow(): boolean {
    return (this.leftMiB !== null && this.leftMiB < STORAGE_LOW_MIB) || this.open?.store.low === true
  }

  private async report(): Promise<string> {
    const { device, sync } = this.open ?? { device: null, sync: null }
    const status = device?.status()
    const { problem: why, ...state } = this.sync()
    return reportOf({
      app: this.parts.appVersion,
      browser: navigator.userAgent,
      time: new Date(this.parts.now()).toISOString(),
      stage: this.stage().name,
      device: status?.device ?? null,
      role: status?.grant?.role ?? null,
      grant: status?.grant?.version ?? null,
      documents: status?.documents ?? null,
      rowsToMake: device?.rowsToMake ?? null,
      feeds: status?.feeds.length ?? null,
      brokenAt: this.module?.brokenAt() ?? null,
      phase: state.phase,
      problem: why?.code ?? null,
      unsent: state.unsent,
      waiting: state.waiting,
      returned: state.returned,
      conflicts: state.conflicts,
      syncedAt: state.syncedMs ? new Date(state.syncedMs).toISOString() : null,
      skewMs: sync?.skewMs ?? null,
      storageLeftMiB: await this.estimate(),
      lock: this.guard?.method ?? null,
      installed: this.installed,
    })
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work)
    this.last = turn.catch(() => undefined)
    return turn
  }
}

function believable(summary: Summary, nowMs: number): boolean {
  const age = nowMs - summary.atMs
  return age >= 0 && age < SUMMARY_MS_MAX
}
