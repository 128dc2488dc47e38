/** What a person or their support wants to know of the device: a report, unsent text, readiness for the field. */
import type { FieldCheck, LockMethod, PrfKey, Stage, SyncState } from '../api'
import type { EngineModule } from '../engine/port'
import type { Index } from '../index/index'
import type { Room } from './room'
import type { Open } from './standing'
import { reportOf, unsentInWords } from './words'

export interface SupportParts {
  appVersion: string
  now: () => number
  guard: { method: LockMethod; prf: PrfKey | null } | null
  open: Open | null
  module: EngineModule | null
  room: Room
  index: Index
  installed: boolean
  stage: Stage
  sync: SyncState
}

export class Support {
  constructor(private readonly parts: SupportParts) {}

  unsentText(): string {
    const { open, module, index } = this.parts
    const pending = open?.device?.look.pending() ?? []
    return module ? unsentInWords(pending, (doc) => index.title(doc), module.catalogue(null)) : ''
  }

  async fieldCheck(persisted: boolean): Promise<FieldCheck> {
    const { open, room, guard, installed } = this.parts
    const left = await room.look(true)
    await open?.store.reserve(left).catch(() => undefined)
    const synced = (open?.device?.status().syncedMs ?? 0) > 0
    const asked = open?.sync?.phase === 'complete'
    return {
      persisted,
      installed,
      storageLeftMiB: left,
      storageLow: room.isLow(open?.store),
      clockSkewMs: open?.sync?.skewMs ?? null,
      caughtUp: synced && (!asked || open?.device?.look.caughtUp === true),
      lock: guard?.method ?? 'none',
      prf: Boolean(guard?.prf),
    }
  }

  /** Counts, versions and times: nothing that says who or where. */
  async report(): Promise<string> {
    const { open, module, room, guard, installed, appVersion, now, stage, sync } = this.parts
    const status = open?.device?.status()
    return reportOf({
      app: appVersion,
      browser: navigator.userAgent,
      time: new Date(now()).toISOString(),
      stage: stage.name,
      device: status?.device ?? null,
      role: status?.grant?.role ?? null,
      grant: status?.grant?.version ?? null,
      documents: status?.documents ?? null,
      rowsToMake: open?.device?.rowsToMake ?? null,
      feeds: status?.feeds.length ?? null,
      brokenAt: module?.brokenAt() ?? null,
      phase: sync.phase,
      problem: sync.problem?.code ?? null,
      unsent: sync.unsent,
      waiting: sync.waiting,
      returned: sync.returned,
      conflicts: sync.conflicts,
      syncedAt: sync.syncedMs ? new Date(sync.syncedMs).toISOString() : null,
      skewMs: sync.skewMs,
      storageLeftMiB: await room.look(),
      storageLow: sync.storageLow,
      lock: guard?.method ?? null,
      installed,
    })
  }
}
