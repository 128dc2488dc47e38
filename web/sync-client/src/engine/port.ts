/**
 * The engine as this device calls it: a pure state machine that runs in WASM. Nothing here waits; what must be stored,
 * signed or sent is handed out. `wasm.ts` is the real one.
 */
import type { Catalogue, DocId, Edit, EditOp, Kind, Problem, Role, Scalar, Value } from '../api'
import type { Bytes } from '../bytes'
import type { CaseClock, CaseMissing, CaseWhy } from '../casework'

export type DeviceStatus = 'pending' | 'active' | 'denied' | 'revoked' | 'suspended' | 'lost' | 'expired' | 'replaced'

export interface Identity {
  deployment: string
  device: string
  serverPublicKey: Bytes
  appVersion: string
}

export interface Grant {
  version: number
  status: DeviceStatus
  role: Role
  person: string
  name: string
  villages: string[]
  unit: string | null
  expiresMs: number
}

export interface EngineStatus {
  device: string
  deployment: string
  grant: Grant | null
  unsent: number
  oldestUnsentMs: number | null
  waiting: number
  returned: number
  documents: number
  feeds: string[]
  syncedMs: number
  serverTimeMs: number
}

export type Standing =
  { name: 'waiting' } | { name: 'active' } | { name: 'locked' } | { name: 'ended'; status: DeviceStatus }

export type EngineEvent =
  | { type: 'changed' | 'removed' | 'returned' | 'accepted'; doc: DocId }
  | { type: 'standing'; status: DeviceStatus }
  | { type: 'wipe' }
  | { type: 'progress'; done: number; total: number }
  | { type: 'caught_up' }
  | { type: 'diverged' }

export interface Tally {
  pushed: number
  pulled: number
  accepted: number
  duplicate: number
  parked: number
  quarantined: number
  rejected: number
}

export interface Person {
  person: string
  name: string
  role: string
}

/** A document as it is shown, and who wrote last. */
export interface Shown {
  kind: Kind
  title: string | null
  value: Value
  last: ({ at: number } & Partial<Person>)[]
}

/** Where an application or a case stands, as the engine folds it: days as text, moments in Unix seconds. */
export interface FoldedCase extends Label {
  procedure: string
  state: string
  state_zh: string
  state_en: string
  holder: Role | null
  closed: boolean
  opened_on: string | null
  steps: (Label & {
    key: string
    event: string
    role: Role | null
    person: string
    name: string | null
    claimed_s: number
    received_s: number | null
    from: string
    to: string
    why: CaseWhy | null
    missing: CaseMissing[]
    claimed_in_time: boolean
    corrects: string | null
    corrected_by: string | null
  })[]
  clocks: (Label & {
    clock: string
    holder: Role | null
    articles: string[]
    /** One name, one number: `{ working_days: 10 }`. */
    limit: Record<string, number>
    started: string
    due: string
    due_s: number
    paused: number
    stopped: string | null
    status: CaseClock['status']
    left: number | null
    announced: boolean
  })[]
  next: (Label & { event: string; roles: Role[]; missing: CaseMissing[]; asks: CaseMissing[] })[]
  grades: Record<string, Label>
  late_count: number
  provisional: boolean
}

type Label = { zh: string; en: string }

export interface FieldConflict {
  path: string[]
  /** The one shown is the last; `at` is Unix seconds. */
  values: ({ value: Scalar | null; at: number } & Partial<Person>)[]
}

/** A local change the server has not finally answered. */
export interface PendingChange {
  doc: DocId
  at: number
  state: 'unsent' | 'parked' | 'quarantined' | 'redo'
  ops: EditOp[]
}

export interface ReturnedChange {
  no: number
  doc: DocId
  kind: Kind
  code: string
  zh: string
  en: string
  at: number
  returned_ms: number
  ops: EditOp[]
}

export interface Row {
  id: DocId
  kind: Kind
  fields: Record<string, Scalar>
}

export interface Listed {
  id: DocId
  kind: Kind
  acceptedMs: number | null
}

/** Bytes to sign, and what goes out once they are signed. */
export interface Push {
  readonly toSign: Bytes[]
  /** Frames; none when there is nothing to say. */
  finish(signatures: Bytes[]): Bytes[]
}

/** Frames that have arrived, for {@link Engine.receive}, which uses them up. */
export interface Received {
  readonly length: number
  readonly caughtUp: boolean
}

/** Inflates a reply as it arrives and cuts it into frames. */
export interface ReplyReader {
  push(piece: Uint8Array): Received
  readonly partial: boolean
  free(): void
}

export type Records = [string, Bytes][]

/** Why a call of the engine could not be carried out. */
export class EngineFailure extends Error {
  override name = 'EngineFailure'
  constructor(
    readonly kind: 'not_loaded' | 'refused' | 'server' | 'malformed' | 'corrupt' | 'input' | 'broken',
    readonly problem: Problem,
    readonly doc: DocId | null = null,
  ) {
    super(kind)
  }
}

/** Every call may throw {@link EngineFailure}; of kind `broken` when the engine panicked and is of no use any more. */
export interface Engine {
  takeWrites(): [string, Bytes | null][]
  takeEvents(): EngineEvent[]
  takeTally(): Tally
  status(): EngineStatus
  standing(nowMs: number): Standing
  readonly caughtUp: boolean

  bodyPrefix(doc: DocId): string
  supply(doc: DocId, records: Records): void
  wantsRedo(): DocId | null
  redo(nowMs: number, doc: DocId, records: Records): void

  document(doc: DocId): Shown
  caseStanding(doc: DocId, nowMs: number): FoldedCase | null
  conflicts(doc: DocId): FieldConflict[]
  holds(doc: DocId): boolean
  list(): Listed[]
  rows(): Row[]
  pending(): PendingChange[]
  returned(): ReturnedChange[]
  people(): Person[]

  edit(nowMs: number, edit: Edit): DocId
  dismiss(no: number): boolean
  redoReturned(nowMs: number, no: number): DocId | null
  checkReturned(nowMs: number, no: number): void

  readonly wantsExchange: boolean
  readonly openQuestions: number
  beginPush(nowMs: number, storageLeftMiB: number): Push
  beginMore(nowMs: number): Push
  receive(nowMs: number, received: Received): void
  acknowledge(): Bytes | null
  finishExchange(nowMs: number): void
  connectionLost(): void
  /** As above, and so early that nothing of the last push can have left. */
  pushNeverLeft(): void
  free(): void
}

/** What can be asked without an engine, and how one is made. */
export interface EngineModule {
  deviceId(publicKey: Bytes, nonce: Bytes): string
  enrolProof(code: string, publicKey: Bytes, nonce: Bytes, model: string, appVersion: string): Bytes
  checkWords(publicKey: Bytes, invitation: string, serverPublicKey: Bytes): { zh: string; en: string }[]
  catalogue(role: Role | null): Catalogue
  create(identity: Identity): Engine
  open(records: Records): Engine
  reader(sizeBytesMax: number): ReplyReader
  packRequest(frames: Bytes[]): Bytes
  packMessage(frames: Bytes[]): Bytes
  unpackMessage(message: Uint8Array, sizeBytesMax: number): Received
  /** After a panic: everything made so far is of no use, and engines are opened again. */
  renew(): Promise<void>
  /** Where in the source the engine broke down, if it has. */
  brokenAt(): string | null
}
