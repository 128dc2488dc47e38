/**
 * Casework as screens see it: where an application or a case stands, its clocks, and rows of lists.
 *
 * Shapes and names only. Everything in them was folded by the engine from signed events; nothing here decides.
 */
import type { DateText, DocId, Mark, Role } from './api'

/** Kinds of casework that have rows in lists. */
export type CaseworkKind = 'application' | 'case' | 'notice' | 'plan' | 'attendance'
export const CASEWORK_KINDS: readonly CaseworkKind[] = ['application', 'case', 'notice', 'plan', 'attendance']

/** A name in both languages. */
export interface Named {
  zh: string
  en: string
}

/** Something asked for, and where it is said. */
export interface CaseMissing extends Named {
  articles: string[]
}

/** Why an event does not count. */
export type CaseWhy = 'unknown' | 'not_now' | 'repeated' | 'closed' | 'missing' | 'not_entitled' | 'corrects_nothing'

/** One event, and what became of it. What it says stands in the document, under its key. */
export interface CaseStep {
  key: string
  event: string
  /** Both empty for a sort of a later version. */
  name: Named
  role: Role | null
  person: string
  personName: string
  claimedMs: number
  /** When the server had it; null where this device does not know. */
  receivedMs: number | null
  from: string
  to: string
  /** Null for an event that counts. */
  why: CaseWhy | null
  missing: CaseMissing[]
  /** It does not count, but by its author's clock it is from a time when it would have. */
  claimedInTime: boolean
  corrects: string | null
  correctedBy: string | null
}

/** One run of a clock. */
export interface CaseClock {
  clock: string
  name: Named
  /** Who is late when it runs out. */
  holder: Role | null
  articles: string[]
  limit: { unit: 'working_days' | 'days' | 'months' | 'hours'; count: number }
  started: DateText
  due: DateText
  dueMs: number
  /** Days it has stood still. */
  paused: number
  stopped: DateText | null
  status: 'running' | 'warning' | 'overdue' | 'paused' | 'met' | 'late' | 'over' | 'cancelled'
  /** Days left, in working days where the limit is in them; below zero when late. */
  left: number | null
  /** Whether all holidays up to the last day are known. */
  announced: boolean
}

/** Something that can happen where a document stands. */
export interface CaseNext {
  event: string
  name: Named
  roles: Role[]
  /** What has to happen before. */
  missing: CaseMissing[]
  /** What the event itself has to say. */
  asks: CaseMissing[]
}

/** Where an application or a case stands. */
export interface CaseStanding {
  procedure: string
  name: Named
  state: string
  stateName: Named
  /** Whose turn it is. */
  holder: Role | null
  closed: boolean
  openedOn: DateText | null
  steps: CaseStep[]
  clocks: CaseClock[]
  next: CaseNext[]
  grades: Record<string, Named>
  /** Events that do not count but claim to be from a time when they would have. */
  lateCount: number
  /** Of some event this device does not know when the server had it. */
  provisional: boolean
}

/** A document of casework in lists. What a kind has not is empty. */
export interface CaseworkRow {
  id: DocId
  kind: CaseworkKind
  /** Empty for what belongs to a village. */
  household: DocId
  householder: string
  village: string
  group: number | null
  title: string
  procedure: string
  procedureName: Named | null
  state: string
  stateName: Named | null
  holder: Role | null
  closed: boolean
  openedOn: DateText | null
  /** The most pressing clock that is open. */
  clock: CaseClock | null
  /** Clocks that have run out. */
  overdue: number
  /** What can be done now, nothing missing before. */
  next: { event: string; name: Named; roles: Role[] }[]
  /** Steps since the present state was entered. */
  since: { event: string; person: string }[]
  /** Named when the last survey started. */
  investigators: string[]
  /** Events that do not count. */
  notCounted: number
  /** Of those, from a time when they would have. */
  late: number
  notice: { sort: string; until: DateText | null; postings: number; about: DocId } | null
  plan: { unit: string; measures: number; open: number; lastOn: DateText | null } | null
  attendance: { person: string; year: number; month: number } | null
  mark: Mark
  conflicts: number
  returned: number
}

export interface CaseworkFilter {
  kinds?: CaseworkKind[]
  village?: string
  household?: DocId
  show?: 'open' | 'done' | 'all'
  text?: string
}

/** The name of a person's month of attendance in a village. */
export function attendanceId(village: string, year: number, month: number, person: string): DocId {
  return `${village}.t${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}.${person}`
}

/** Village, year, month and person of such a name. */
export function asAttendance(id: DocId): { village: string; year: number; month: number; person: string } | null {
  const found = /^(.+)\.t(\d{4})(\d{2})\.([^.]+)$/.exec(id)
  if (!found) return null
  const [, village = '', year, month, person = ''] = found
  return { village, year: Number(year), month: Number(month), person }
}

/** The name of what offices alone keep of an application or a case. */
export function checkId(of: DocId): DocId {
  return `${of}.check`
}

/** The household a document is named after; its own name for anything else. */
export function householdOfName(doc: DocId): DocId {
  return doc.replace(/\.check$/, '').replace(/\.(j\d{4}|[namp][0-9a-z]{5}\d+|card)$/, '')
}
