/** What follows from where a case stands, and the server's fold in the form of the device's. Pure. */
import type { CaseClock, CaseMissing, CaseStanding, CaseStep, Role } from '@qiao/sync-client'

const OPEN: readonly CaseClock['status'][] = ['overdue', 'warning', 'running', 'paused']

/** Clocks somebody still has to mind, the most pressing first. */
export function clocksOf(standing: Pick<CaseStanding, 'clocks'>): CaseClock[] {
  return standing.clocks
    .filter((clock) => OPEN.includes(clock.status))
    .sort((a, b) => OPEN.indexOf(a.status) - OPEN.indexOf(b.status) || a.dueMs - b.dueMs)
}

/** Whether the county has to see for itself: a near relative, or a complaint. Over once it has been there. */
export function countyMustVisit(standing: Pick<CaseStanding, 'steps' | 'state'>): 'kinship' | 'objection' | null {
  if (standing.state !== 'county_review') return null
  const sorts = standing.steps.filter((step) => step.why === null).map((step) => step.event)
  if (sorts.lastIndexOf('county_visit') > sorts.lastIndexOf('send_county')) return null
  if (sorts.includes('kinship')) return 'kinship'
  return sorts.includes('objection') ? 'objection' : null
}

/** A limit as the server says it: one key, the unit, and the count. */
export type FoldedLimit = Record<string, number>

/** What the server folds of a case. Moments are Unix seconds. */
export interface Folded {
  procedure: string
  zh: string
  en: string
  state: string
  state_zh: string
  state_en: string
  holder: string | null
  closed: boolean
  opened_on: string | null
  steps: {
    key: string
    event: string
    zh: string
    en: string
    role: string | null
    person: string
    name: string | null
    claimed_s: number
    received_s: number | null
    from: string
    to: string
    why: string | null
    missing: CaseMissing[]
    claimed_in_time: boolean
    corrects: string | null
    corrected_by: string | null
  }[]
  clocks: {
    clock: string
    zh: string
    en: string
    holder: string | null
    articles: string[]
    limit: FoldedLimit
    started: string
    due: string
    due_s: number
    paused: number
    stopped: string | null
    status: string
    left: number | null
    announced: boolean
  }[]
  next: { event: string; zh: string; en: string; roles: string[]; missing: CaseMissing[]; asks: CaseMissing[] }[]
  grades: Record<string, { zh: string; en: string }>
  late_count: number
  provisional: boolean
}

export function limitOf(limit: FoldedLimit): CaseClock['limit'] {
  const [unit = 'days', count = 0] = Object.entries(limit)[0] ?? []
  return { unit: unit as CaseClock['limit']['unit'], count }
}

export function standingOf(folded: Folded): CaseStanding {
  return {
    procedure: folded.procedure,
    name: { zh: folded.zh, en: folded.en },
    state: folded.state,
    stateName: { zh: folded.state_zh, en: folded.state_en },
    holder: folded.holder as Role | null,
    closed: folded.closed,
    openedOn: folded.opened_on,
    steps: folded.steps.map((step) => ({
      key: step.key,
      event: step.event,
      name: { zh: step.zh, en: step.en },
      role: step.role as Role | null,
      person: step.person,
      personName: step.name ?? '',
      claimedMs: step.claimed_s * 1000,
      receivedMs: step.received_s === null ? null : step.received_s * 1000,
      from: step.from,
      to: step.to,
      why: step.why as CaseStep['why'],
      missing: step.missing,
      claimedInTime: step.claimed_in_time,
      corrects: step.corrects,
      correctedBy: step.corrected_by,
    })),
    clocks: folded.clocks.map((clock) => ({
      clock: clock.clock,
      name: { zh: clock.zh, en: clock.en },
      holder: clock.holder as Role | null,
      articles: clock.articles,
      limit: limitOf(clock.limit),
      started: clock.started,
      due: clock.due,
      dueMs: clock.due_s * 1000,
      paused: clock.paused,
      stopped: clock.stopped,
      status: clock.status as CaseClock['status'],
      left: clock.left,
      announced: clock.announced,
    })),
    next: folded.next.map(({ event, zh, en, roles, missing, asks }) => ({
      event,
      name: { zh, en },
      roles: roles as Role[],
      missing,
      asks,
    })),
    grades: Object.fromEntries(Object.entries(folded.grades).map(([name, { zh, en }]) => [name, { zh, en }])),
    lateCount: folded.late_count,
    provisional: folded.provisional,
  }
}
