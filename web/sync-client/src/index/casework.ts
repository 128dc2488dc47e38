/**
 * Rows of casework, from a document and where it stands.
 *
 * What a row says of clocks is as of the day it was made; {@link isAged} tells the ones that a new day has overtaken.
 */
import type { DateText, DocId, Kind, Value } from '../api'
import type { CaseClock, CaseNext, CaseStanding, CaseStep, CaseworkKind, CaseworkRow } from '../casework'
import { asAttendance, householdOfName } from '../casework'
import type { FoldedCase } from '../engine/port'
import { dayOf } from './dates'
import { asNumber, asText, entries } from './values'

/** A row's columns that stand in its own document. */
export interface KeptCasework extends Omit<CaseworkRow, 'kind' | 'householder' | 'group' | 'mark' | 'returned'> {
  kind: CaseworkKind
  /** Named in the document, for who holds no household files. */
  applicant: string
  /** The day its clocks were looked at. */
  asOf: DateText
  found: string
}

const NOTHING: Pick<
  KeptCasework,
  | 'household'
  | 'village'
  | 'procedure'
  | 'procedureName'
  | 'state'
  | 'stateName'
  | 'holder'
  | 'closed'
  | 'openedOn'
  | 'clock'
  | 'overdue'
  | 'next'
  | 'since'
  | 'investigators'
  | 'notCounted'
  | 'late'
  | 'notice'
  | 'plan'
  | 'attendance'
> = {
  household: '',
  village: '',
  procedure: '',
  procedureName: null,
  state: '',
  stateName: null,
  holder: null,
  closed: false,
  openedOn: null,
  clock: null,
  overdue: 0,
  next: [],
  since: [],
  investigators: [],
  notCounted: 0,
  late: 0,
  notice: null,
  plan: null,
  attendance: null,
}

export function isCasework(kind: Kind): kind is CaseworkKind {
  return kind === 'application' || kind === 'case' || kind === 'notice' || kind === 'plan' || kind === 'attendance'
}

/** Whether a new day has made the clocks of a row old. */
export function isAged(kept: KeptCasework, today: DateText): boolean {
  return !kept.closed && kept.asOf !== today && (kept.clock !== null || kept.kind === 'notice')
}

interface Source {
  id: DocId
  kind: CaseworkKind
  value: Value
  conflicts: number
  standing: CaseStanding | null
  nowMs: number
}

export function keepCasework(source: Source, found: (names: string[], other: string[]) => string): KeptCasework {
  const { id, kind, value, conflicts, standing, nowMs } = source
  const text = (name: string): string => asText(value[name])
  const asOf = dayOf(nowMs)
  const common = { ...NOTHING, kind, id, conflicts, asOf, applicant: '', title: text('title') }
  switch (kind) {
    case 'application':
    case 'case': {
      const applicant = text('applicant') || lastSaid(value, 'applicant')
      return {
        ...common,
        household: text('household') || householdOfName(id),
        applicant,
        procedure: text('procedure'),
        ...(standing ? fromStanding(standing, value) : {}),
        found: found([applicant], [text('title'), standing?.name.zh ?? '', standing?.stateName.zh ?? '']),
      }
    }
    case 'plan': {
      const measures = entries(value, 'measures')
      const results = Object.values(entries(value, 'results'))
      const replaced = new Set(Object.values(measures).map((measure) => asText(measure['corrects'])))
      const standingOnes = Object.keys(measures).filter((key) => !replaced.has(key))
      const ended = new Set(
        results
          .filter((result) => ['done', 'given_up'].includes(asText(result['state'])))
          .map((result) => asText(result['measure'])),
      )
      const days = results.map((result) => asText(result['on'])).filter((day) => day !== '')
      const open = standingOnes.filter((key) => !ended.has(key)).length
      return {
        ...common,
        household: text('household') || householdOfName(id),
        closed: standingOnes.length > 0 && open === 0,
        plan: { unit: text('unit'), measures: standingOnes.length, open, lastOn: days.sort().at(-1) ?? null },
        found: found([], [text('title')]),
      }
    }
    case 'notice': {
      const issues = Object.values(entries(value, 'issues'))
      const last = issues.at(-1) ?? {}
      const until = asText(last['posted_until']) || null
      return {
        ...common,
        village: text('village'),
        closed: until !== null && until < asOf,
        openedOn: asText(last['posted_from']) || null,
        notice: {
          sort: text('sort'),
          until,
          postings: Object.keys(entries(value, 'postings')).length,
          about: asText(last['about']),
        },
        found: found([], [text('title'), asText(last['category'])]),
      }
    }
    case 'attendance': {
      const named = asAttendance(id)
      return {
        ...common,
        village: text('village') || (named?.village ?? ''),
        attendance: {
          person: named?.person ?? '',
          year: named?.year ?? asNumber(value['year']) ?? 0,
          month: named?.month ?? 0,
        },
        found: '',
      }
    }
  }
}

function fromStanding(standing: CaseStanding, value: Value): Partial<KeptCasework> {
  const open = standing.clocks.filter((clock) => OPEN.has(clock.status) || overAndNotStopped(clock))
  const counted = standing.steps.filter((step) => step.why === null && step.corrects === null)
  const entered = counted.map((step) => step.from !== step.to).lastIndexOf(true)
  const survey = counted.filter((step) => step.event === 'survey_start').at(-1)
  const said = survey ? (entries(value, 'events')[survey.correctedBy ?? survey.key] ?? {}) : {}
  return {
    procedure: standing.procedure,
    procedureName: standing.name,
    state: standing.state,
    stateName: standing.stateName,
    holder: standing.holder,
    closed: standing.closed,
    openedOn: standing.openedOn,
    clock: pressing(open),
    overdue: open.filter((clock) => clock.status === 'overdue').length,
    next: standing.next
      .filter((next) => next.missing.length === 0)
      .map(({ event, name, roles }) => ({ event, name, roles })),
    since: counted.slice(entered + 1).map(({ event, person }) => ({ event, person })),
    investigators: [asText(said['investigator_1']), asText(said['investigator_2'])].filter((one) => one !== ''),
    notCounted: standing.steps.filter((step) => step.why !== null).length,
    late: standing.lateCount,
  }
}

const OPEN = new Set<CaseClock['status']>(['running', 'warning', 'overdue', 'paused'])

/** A notice that has run its time still waits for somebody. */
function overAndNotStopped(clock: CaseClock): boolean {
  return clock.status === 'over' && clock.stopped === null
}

/** The clock to look at first: what is late, then what ends first; what stands still comes last. */
export function pressing(clocks: readonly CaseClock[]): CaseClock | null {
  const rank = (clock: CaseClock): number => (clock.status === 'overdue' ? 0 : clock.status === 'paused' ? 2 : 1)
  return [...clocks].sort((a, b) => rank(a) - rank(b) || a.dueMs - b.dueMs)[0] ?? null
}

/** What the last event that names it says. */
function lastSaid(value: Value, field: string): string {
  const said = Object.values(entries(value, 'events')).map((event) => asText(event[field]))
  return said.filter((text) => text !== '').at(-1) ?? ''
}

/** Where a document stands, in the words of screens. */
export function standingOf(folded: FoldedCase): CaseStanding {
  const named = ({ zh, en }: { zh: string; en: string }) => ({ zh, en })
  const steps = folded.steps.map((step): CaseStep => ({
    key: step.key,
    event: step.event,
    name: named(step),
    role: step.role,
    person: step.person,
    personName: step.name ?? '',
    claimedMs: step.claimed_s * 1000,
    receivedMs: step.received_s === null ? null : step.received_s * 1000,
    from: step.from,
    to: step.to,
    why: step.why,
    missing: step.missing,
    claimedInTime: step.claimed_in_time,
    corrects: step.corrects,
    correctedBy: step.corrected_by,
  }))
  const clocks = folded.clocks.map((clock): CaseClock => {
    const { holder, articles, started, due, paused, stopped, status, left, announced } = clock
    const [unit, count] = Object.entries(clock.limit)[0] as [CaseClock['limit']['unit'], number]
    return {
      clock: clock.clock,
      name: named(clock),
      holder,
      articles,
      limit: { unit, count },
      started,
      due,
      dueMs: clock.due_s * 1000,
      paused,
      stopped,
      status,
      left,
      announced,
    }
  })
  return {
    procedure: folded.procedure,
    name: named(folded),
    state: folded.state,
    stateName: { zh: folded.state_zh, en: folded.state_en },
    holder: folded.holder,
    closed: folded.closed,
    openedOn: folded.opened_on,
    steps,
    clocks,
    next: folded.next.map(({ event, zh, en, roles, missing, asks }): CaseNext => ({
      event,
      name: { zh, en },
      roles,
      missing,
      asks,
    })),
    grades: Object.fromEntries(Object.entries(folded.grades).map(([name, grade]) => [name, named(grade)])),
    lateCount: folded.late_count,
    provisional: folded.provisional,
  }
}
