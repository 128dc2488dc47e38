/** How the device stands, as screens are told: stage, status bar, owner. Computed from what is open; changes nothing. */
import type { LockMethod, Me, PrfKey, Stage, SyncState } from '../api'
import type { Attachments } from '../attachments/attachments'
import type { DeviceStatus, EngineModule, Standing } from '../engine/port'
import { type EnrolmentRecord, shown } from '../enrol/enrol'
import type { Index } from '../index/index'
import type { DeviceKey } from '../key/device'
import type { Sync } from '../link/sync'
import type { Store } from '../store/store'
import type { Device } from './device'

/** How the device stood when last looked at: shown until the engine has started. */
export interface Summary {
  stage: 'ready' | 'loading'
  me: Me | null
  syncedMs: number
  atMs: number
}

/** What is open while the store is unlocked. */
export interface Open {
  store: Store
  /** Locks by itself after this time. */
  autoLockMs: number
  summary: Summary | null
  enrolment: EnrolmentRecord | null
  key: DeviceKey | null
  device: Device | null
  sync: Sync | null
  attachments: Attachments | null
  standing: Standing | null
  /** Documents whose rows are still to be made. */
  dirty: string[]
  /** Resolves when the engine has started, or it is known that there is none, or that it cannot be. */
  started: Promise<void>
  /** Why the engine has not started; it is tried again unless the store is damaged. */
  failed: { error: unknown; damaged: boolean } | null
}

export interface Facts {
  wiped: boolean
  guard: { method: LockMethod; wrong: number; retryAtMs: number; prf: PrfKey | null } | null
  open: Open | null
  module: EngineModule | null
  now: number
}

/** How old a summary may be to be believed until the engine says so itself. */
export const SUMMARY_MS_MAX = 12 * 3_600_000

const NOTHING = { done: 0, total: 0, bytes: 0 }
const WHY: Partial<Record<DeviceStatus, Extract<Stage, { name: 'ended' }>['why']>> = {
  denied: 'denied',
  revoked: 'revoked',
  lost: 'lost',
  suspended: 'cloned',
  expired: 'expired',
  replaced: 'replaced',
}

export function stageOf({ wiped, guard, open, module, now }: Facts): Stage {
  if (wiped) return { name: 'wiped' }
  if (!guard) return { name: 'empty' }
  if (!open) {
    const { method, wrong, retryAtMs, prf } = guard
    return { name: 'locked', method, wrong, retryAtMs, prf }
  }
  if (open.failed?.damaged) return { name: 'ended', why: 'lost', reason: '' }
  const { device, standing, enrolment, key, summary, sync } = open
  if (!device || !standing) {
    const age = summary ? now - summary.atMs : -1
    if (summary?.stage === 'ready' && age >= 0 && age < SUMMARY_MS_MAX) return { name: 'ready' }
    return enrolment ? { name: 'loading', progress: NOTHING } : { name: 'empty' }
  }
  if (device.wipeOrdered) return { name: 'ended', why: 'revoked', reason: '' }
  if (standing.name === 'ended') {
    return { name: 'ended', why: WHY[standing.status] ?? 'revoked', reason: enrolment?.deniedBecause ?? '' }
  }
  if (standing.name === 'waiting') {
    // A desk has been let in when its key was; only its grant is still to come.
    if (enrolment?.session !== undefined) return { name: 'loading', progress: NOTHING }
    if (!enrolment || !key || !module) return { name: 'empty' }
    return { name: 'waiting', enrolment: shown(enrolment, key.publicKey, module) }
  }
  if (sync?.problem?.code === 'grant_expired') return { name: 'ended', why: 'expired', reason: '' }
  const { syncedMs, documents } = device.status()
  if (standing.name === 'locked') return { name: 'silent', lastContactMs: syncedMs }
  if (syncedMs !== 0) return { name: 'ready' }
  // Before the server has said how much there is, what is held is known.
  return { name: 'loading', progress: sync?.progress ?? sync?.reached ?? { ...NOTHING, done: documents } }
}

export function syncOf(open: Open | null, index: Index, storageLow: boolean): SyncState {
  const { device, sync, summary } = open ?? { device: null, sync: null, summary: null }
  const status = device?.status()
  return {
    phase: sync?.phase ?? 'offline',
    unsent: status?.unsent ?? index.unsent,
    oldestUnsentMs: status?.oldestUnsentMs ?? null,
    waiting: status?.waiting ?? 0,
    returned: status?.returned ?? 0,
    conflicts: open ? index.conflicts() : 0,
    syncedMs: status?.syncedMs ?? summary?.syncedMs ?? 0,
    skewMs: sync?.skewMs ?? 0,
    progress: sync?.progress ?? null,
    problem: sync?.problem ?? null,
    nextTryMs: sync?.nextTryMs ?? null,
    storageLow,
  }
}

export function meOf(open: Open | null): Me | null {
  const status = open?.device?.status()
  if (!status) return open?.summary?.me ?? null
  if (!status.grant || status.grant.status !== 'active') return null
  const { person, name, role, villages, unit, expiresMs } = status.grant
  const deployment = open?.enrolment?.deploymentName ?? ''
  return { person, name, role, villages, unit, grantExpiresMs: expiresMs, deployment, device: status.device }
}
