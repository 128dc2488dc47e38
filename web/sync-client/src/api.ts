/**
 * What a screen may ask of this device, and what it is told.
 *
 * Everything behind this interface runs in a worker: the engine, the encrypted store, the key and the network. A call
 * that writes resolves once the write is durable on the phone, never before. No call waits for the network unless its
 * comment says so. Screens hold no truth of their own: they ask again when an event names what they show.
 */

import type { CaseStanding, CaseworkFilter, CaseworkRow } from './casework'

export * from './casework'

import type { AttachmentRef, AttachmentUse } from './attachments/refs'

/** Name of a document. */
export type DocId = string
/** Calendar date, `YYYY-MM-DD`. */
export type DateText = string
/** Kinds of documents. */
export type Kind =
  | 'village'
  | 'household'
  | 'journal'
  | 'need'
  | 'card'
  | 'application'
  | 'case'
  | 'attendance'
  | 'notice'
  | 'plan'
  | 'check'
/** Roles of people; what each may do is in {@link Catalogue}. */
export type Role = 'team' | 'committee' | 'village_cadre' | 'unit' | 'township' | 'county' | 'admin' | 'relay'
/** A value of a field. */
export type Scalar = string | number | boolean
/** Entries of a container by their key, each a record of fields. */
export type Entries = Record<string, Record<string, Scalar>>
/** A document's content in the shape of its schema. */
export type Value = Record<string, Scalar | Record<string, Scalar> | Entries>

/** Which face the app shows. Exactly one at a time. */
export type Stage =
  /** Never enrolled, or wiped and started over. */
  | { name: 'empty' }
  /** The storage key is wrapped; see {@link Client.unlock}. `retryAtMs` is set after wrong attempts. */
  | { name: 'locked'; method: LockMethod; wrong: number; retryAtMs: number; prf: PrfKey | null }
  /** Asked to be let in; capture works, nothing of others is shown. */
  | { name: 'waiting'; enrolment: Enrolment }
  /** Let in; the first load is under way. Screens may be used; `ready` is reached once everything is held. */
  | { name: 'loading'; progress: Progress }
  /** In use. */
  | { name: 'ready' }
  /** Too long without contact: capture works, what is held stays hidden until the server is heard. */
  | { name: 'silent'; lastContactMs: number }
  /**
   * Ended by the server. Unsent edits can still be read in {@link Client.unsentText}. `reason` is what the administrator
   * wrote who denied it, in their words; mostly empty.
   */
  | { name: 'ended'; why: 'denied' | 'revoked' | 'replaced' | 'lost' | 'expired' | 'cloned'; reason: string }
  /** The server ordered everything destroyed, and it has been. */
  | { name: 'wiped' }

export type LockMethod = 'none' | 'pin' | 'passphrase'

/**
 * What the page needs to ask the phone's own unlocking (fingerprint, face, screen lock) for the key it can make: a WebAuthn
 * credential and the input of its PRF extension, base64url. Neither is secret.
 */
export interface PrfKey {
  credential: string
  salt: string
}

/** Loading: documents held of all, and bytes so far. */
export interface Progress {
  done: number
  total: number
  bytes: number
}

/** How this device asked to be let in. */
export interface Enrolment {
  deployment: string
  /** Six check words, to be compared with the administrator's. */
  words: { zh: string; en: string }[]
  askedAtMs: number
  /** Whether it came with an invitation or walked up. */
  invited: boolean
}

/** A desk's key, offered for the sign-in it is to live by: the body of the request that the page sends. */
export interface DeskRequest {
  public_key: string
  nonce: string
  device: { model: string; app_version: string }
  proof: string
}

/** What the server answers it with. */
export interface DeskGranted {
  device_id: string
  deployment_id: string
  server_public_key: string
}

/** Something that went wrong, for people. */
export interface Problem {
  /** Stable code; screens translate the ones they know and fall back to the texts. */
  code: string
  zh: string
  en: string
  /** Seconds to wait before trying again; 0 for "not by waiting". */
  retryAfterS: number
  /** The field, where one is to blame. */
  path?: string[]
}

/** Who this device belongs to. */
export interface Me {
  person: string
  name: string
  role: Role
  villages: string[]
  unit: string | null
  /** Unix ms. */
  grantExpiresMs: number
  deployment: string
  device: string
}

/** The status bar. */
export interface SyncState {
  /** `offline`: the server cannot be reached, which is ordinary. `failed`: it answered and something is wrong. */
  phase: 'offline' | 'syncing' | 'complete' | 'failed'
  /** Local edits without a final verdict. */
  unsent: number
  /** Unix ms of the oldest of them. */
  oldestUnsentMs: number | null
  /** Of the unsent, those the server keeps for something missing or for review. */
  waiting: number
  /** Refused edits nobody has looked after yet. */
  returned: number
  /** Fields with more than one value. */
  conflicts: number
  /** Device clock at the last complete exchange, Unix ms; 0 for never. */
  syncedMs: number
  /** Server time minus device time at the last contact. */
  skewMs: number
  /** Set while something large is coming. */
  progress: Progress | null
  problem: Problem | null
  /** Unix ms of the next attempt, while offline. */
  nextTryMs: number | null
  /** Little room is left on the phone: time to say so, before something cannot be saved. */
  storageLow: boolean
}

/** Where a record is. */
export type Mark =
  /** On this phone only. */
  | { at: 'phone' }
  /** Kept by the server for something missing or for review. */
  | { at: 'waiting' }
  /** In the server's log, and when that was heard, where it is known. */
  | { at: 'server'; sinceMs: number | null }

/** That an office has looked at a need: who of it was first, and when by their clock. */
export interface Seen {
  office: 'unit' | 'township'
  /** The unit; empty for a township. */
  unit: string
  person: string
  atMs: number
}

/** A household in lists. */
export interface HouseholdRow {
  id: DocId
  village: string
  group: number | null
  number: string
  householder: string
  address: string
  phone: string
  type: string
  monitoring: string
  risk: string
  riskState: string
  cadre: string
  cadreName: string
  members: number
  /** Last visit by anybody, and when the next is due. */
  lastVisit: DateText | null
  nextVisit: DateText | null
  openNeeds: number
  /** Needs that wait for this household's answer: answered, not yet confirmed. */
  answeredNeeds: number
  conflicts: number
  returned: number
  mark: Mark
  /** Searched for, and found by somebody else who lives there: their name; otherwise empty. */
  foundBy: string
  /** Only its row has arrived so far. */
  loading: boolean
}

/** A need in lists. */
export interface NeedRow {
  id: DocId
  household: DocId
  householder: string
  village: string
  group: number | null
  title: string
  category: string
  urgency: string
  state: string
  unit: string
  /** Who of the unit handles it. */
  cadre: string
  raisedOn: DateText | null
  due: DateText | null
  /** When the unit means to have it done. */
  plannedOn: DateText | null
  overdue: boolean
  responses: number
  /** Each office once. */
  seen: Seen[]
  mark: Mark
  conflicts: number
}

/** A visit, with the document and key it is kept under. */
export interface VisitRow {
  doc: DocId
  key: string
  household: DocId
  date: DateText
  author: string
  authorName: string
  purpose: string
  presence: string
  found: string
  promised: string
  nextOn: DateText | null
  corrects: string | null
  mark: Mark
}

/** A document whole, as it is shown: what the server accepted and what this device wrote since. */
export interface Doc {
  id: DocId
  kind: Kind
  value: Value
  conflicts: Conflict[]
  /** Of a need: which offices have looked at it. */
  seen: Seen[]
  mark: Mark
}

/** A field with more than one value. */
export interface Conflict {
  doc: DocId
  kind: Kind
  title: string
  path: string[]
  /** The values, the one shown last. */
  values: { value: Scalar | null; atMs: number; person: string; name: string; role: Role | null; mine: boolean }[]
}

/** An operation of an edit. */
export type EditOp =
  | { op: 'set'; path: string[]; value: Scalar }
  | { op: 'add'; path: string[]; key?: string; value: Record<string, Scalar> }
  | { op: 'delete'; path: string[] }

/** An edit; all of its operations or none. */
export type Edit =
  | { doc: DocId; ops: EditOp[] }
  | { new: Kind; village?: string; household?: DocId; year?: number; id?: DocId; value: Record<string, unknown> }

/** A refused edit, kept with what it said. */
export interface Returned {
  no: number
  doc: DocId
  kind: Kind
  title: string
  problem: Problem
  atMs: number
  returnedMs: number
  ops: EditOp[]
  /** Whether the same edit would be admitted now, as far as this device can tell. */
  redoable: boolean
}

/** How households are narrowed down. Absent means "all". */
export interface HouseholdFilter {
  village?: string
  group?: number
  type?: string
  monitored?: boolean
  risk?: string
  /** Paired with me. */
  mine?: boolean
  /** Nobody visited for this many days. */
  notVisitedDays?: number
  /** Name, pinyin or its initials, householder, tail of an identity number, phone. */
  text?: string
}

export interface NeedFilter {
  village?: string
  household?: DocId
  /** `open` everything not solved or closed; `answered` waits for confirmation; `overdue` past its date. */
  show?: 'open' | 'answered' | 'overdue' | 'done' | 'all'
  text?: string
}

export interface Page<T> {
  total: number
  rows: T[]
}

/** The first screen of the day. */
export interface Today {
  /** Answered needs to be confirmed with the household. */
  answered: NeedRow[]
  overdue: NeedRow[]
  /** Follow-ups promised for today or before. */
  followUps: HouseholdRow[]
  /** Not visited longest, never visited first. */
  longest: HouseholdRow[]
  /** What others changed since this list was last put away. */
  news: { doc: DocId; kind: Kind; title: string; by: string; atMs: number }[]
  conflicts: number
  returned: number
  counts: { households: number; visited30: number; visited90: number; needsOpen: number }
}

/** A likely duplicate of what is being typed. */
export interface Duplicate {
  household: DocId
  householder: string
  group: number | null
  member: string | null
  why: 'id_number' | 'name_in_group'
}

/** Text half typed, kept through a killed browser. */
export interface Draft {
  key: string
  value: unknown
  savedMs: number
}

/** What "ready for the field" looks at. */
export interface FieldCheck {
  persisted: boolean
  installed: boolean
  /** MiB that may still be stored, as the browser says. */
  storageLeftMiB: number | null
  storageLow: boolean
  clockSkewMs: number | null
  caughtUp: boolean
  lock: LockMethod
  /** Whether the phone's own unlocking opens it too. */
  prf: boolean
}

/** Fields, labels, choices and rights, from the one table all replicas share. */
export interface Catalogue {
  /** `may`: C where this role may make one; `readable`: whether any ever reach it. */
  kinds: Record<Kind, { zh: string; may?: string; readable?: boolean; nodes: CatalogueNode[] }>
  reasons: Record<string, { zh: string; en: string }>
  limits: Record<string, number>
}
export interface CatalogueField {
  name: string
  zh: string
  en: string
  type:
    'text' | 'int' | 'bool' | 'date' | 'phone' | 'id_number' | 'yuan' | 'choice' | 'person' | 'unit' | 'place' | 'doc'
  max?: number
  min?: number
  /** `may` is false where this role may not choose it. */
  choices?: { value: string; zh: string; en: string; may?: boolean }[]
  /** Whether a value beyond the choices is allowed. */
  open?: boolean
  sensitive: boolean
  /** What this device's role may do here: C create, A add, P write, D clear. */
  may: string
}
export type CatalogueNode =
  | ({ node: 'field' } & CatalogueField)
  | { node: 'group'; name: string; zh: string; en: string; fields: CatalogueField[] }
  | {
      node: 'entries'
      name: string
      zh: string
      en: string
      key: 'tag' | 'year'
      appendOnly: boolean
      may: string
      fields: CatalogueField[]
    }

/** Where an attachment is. */
export type AttachmentState =
  /** On this phone only. */
  | { at: 'phone' }
  | { at: 'sending'; percent: number }
  | { at: 'server' }
  /** The server does not take it. */
  | { at: 'refused'; problem: Problem }

/** On which links attachments go out by themselves. */
export type UploadLink = 'any' | 'wifi' | 'ask'

/** What is still to be sent of attachments. */
export interface UploadsState {
  waiting: number
  bytes: number
  /** `link`: waits for a link the setting allows, or to be asked; `text_first`: records go first; `pause`: tried again soon. */
  phase: 'idle' | 'text_first' | 'sending' | 'offline' | 'link' | 'pause'
  link: UploadLink
}

/** Why an attachment cannot be shown yet; `not_there`: whoever made it has not sent it. */
export type AttachmentWait = 'loading' | 'offline' | 'link' | 'not_there'

export type ClientEvent =
  /** Something about these attachments has changed; whoever shows them asks again. */
  | { type: 'attachments'; hashes: string[] }
  | { type: 'stage'; stage: Stage }
  | { type: 'sync'; sync: SyncState }
  /** Documents that are new, different or gone; lists that show them ask again. */
  | { type: 'docs'; ids: DocId[] }
  /** A newer app is waiting; it starts once nothing is being edited. */
  | { type: 'update' }

/** The device, as a screen sees it. Failures are thrown as {@link ClientError}. */
export interface Client {
  stage(): Promise<Stage>
  sync(): Promise<SyncState>
  me(): Promise<Me | null>
  catalogue(): Promise<Catalogue>
  listen(listener: (event: ClientEvent) => void): Promise<() => void>

  // Being let in. These wait for the network.
  enrol(
    ask: { code: string; model: string } | { walkUp: { name: string; place: string; note: string }; model: string },
  ): Promise<void>
  /**
   * After an ended or wiped device: destroys what is left and begins again. Guarded by the unsent count; where the phone
   * is locked and the secret forgotten nobody can count, and -1 says that this is known.
   */
  startOver(confirm: { unsent: number }): Promise<void>

  // A desk: let in by a sign-in instead of an administrator.
  /**
   * What is to be sent for a sign-in; null where this device lives by it already. What the server had destroyed, or what
   * is damaged, begins anew: everything there has a copy on the server.
   */
  deskRequest(session: string, model: string): Promise<DeskRequest | null>
  /** The server has let the key in for this sign-in. */
  deskOpened(session: string, granted: DeskGranted): Promise<void>

  // Lock.
  unlock(secret: string): Promise<void>
  /** With what the phone's own unlocking made of {@link PrfKey}, base64url. No try of it counts as a wrong one. */
  unlockWithPrf(output: string): Promise<void>
  /**
   * Lets the phone's own unlocking open the store beside the PIN or passphrase, which stays the way back and has to be
   * given. Another {@link Client.setLock} ends it.
   */
  addPrf(key: PrfKey, output: string, current: string): Promise<void>
  lock(): Promise<void>
  /** Everything is encrypted anew under another key; takes some seconds with a large store. */
  setLock(method: LockMethod, secret: string | null, current: string | null): Promise<void>
  /** After how long without a touch, and hidden, it locks by itself, ms. */
  autoLock(): Promise<number>
  setAutoLock(ms: number): Promise<void>

  // Reading.
  households(filter: HouseholdFilter, from: number, count: number): Promise<Page<HouseholdRow>>
  needs(filter: NeedFilter, from: number, count: number): Promise<Page<NeedRow>>
  /** One household, or its card; null where neither is held. */
  household(id: DocId): Promise<HouseholdRow | null>
  visits(household: DocId): Promise<VisitRow[]>
  /** Applications, cases, notices, plans and months of attendance, the most pressing first. */
  casework(filter: CaseworkFilter, from: number, count: number): Promise<Page<CaseworkRow>>
  /** Where an application or a case stands now; null for what has no procedure, or none yet. */
  caseStanding(id: DocId): Promise<CaseStanding | null>
  today(): Promise<Today>
  seenNews(): Promise<void>
  doc(id: DocId): Promise<Doc>
  villages(): Promise<{ id: DocId; name: string }[]>
  groups(village: string): Promise<number[]>
  /** Names of people and units this device has heard of, by id. */
  names(): Promise<{ people: Record<string, string>; units: Record<string, string> }>
  conflicts(): Promise<Conflict[]>
  returned(): Promise<Returned[]>
  duplicates(of: {
    household?: DocId
    village: string
    group?: number
    name?: string
    idNumber?: string
  }): Promise<Duplicate[]>

  // Writing. Each resolves once it is durable on this phone.
  edit(edit: Edit): Promise<DocId>
  /** Several edits, all durable or none. */
  editAll(edits: Edit[]): Promise<DocId[]>
  /**
   * Whoever this device belongs to has opened a need. Where that concerns their office, the need says so from then on,
   * once for each person; whether it has just been written.
   */
  noteSeen(need: DocId): Promise<boolean>
  dismissReturned(no: number): Promise<void>
  redoReturned(no: number): Promise<void>
  saveDraft(key: string, value: unknown): Promise<void>
  drafts(): Promise<Draft[]>
  dropDraft(key: string): Promise<void>

  // Photos, signatures, scans. A field `files` names them; see `formatFiles` and `parseFiles`.
  /** Makes a picture small and keeps it; durable when this resolves. It goes out once an edit names it. */
  attach(blob: Blob, use: AttachmentUse): Promise<AttachmentRef>
  /** Lets go of what was attached and is not named by any edit after all. */
  dropAttachment(ref: AttachmentRef): Promise<void>
  /** What is held, at once; else it is fetched, and this says why it is not there yet. `now` overrides the setting of links. */
  attachment(
    doc: DocId,
    ref: AttachmentRef,
    part: 'thumb' | 'whole',
    how?: { now?: boolean },
  ): Promise<{ blob: Blob } | { waiting: AttachmentWait }>
  attachmentStates(refs: AttachmentRef[]): Promise<Record<string, AttachmentState>>
  uploads(): Promise<UploadsState>
  setUploadLink(link: UploadLink): Promise<void>
  /** Sends what waits now, whatever the link. */
  uploadNow(): Promise<void>

  // The link.
  syncNow(): Promise<void>
  /** Text for support: counts, versions and times, no personal data. */
  report(): Promise<string>
  /** Everything unsent in words, for a device that can no longer send it. */
  unsentText(): Promise<string>
  fieldCheck(): Promise<FieldCheck>
  /** Asks the browser to keep the data; whether it agreed. */
  persist(): Promise<boolean>
}

/** A call that could not be carried out; nothing of it has happened. */
export class ClientError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code)
    this.name = 'ClientError'
  }
}
