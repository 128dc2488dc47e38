/** Columns of the board of needs: which states stand together for an office, and what comes first in each. */
import type { NeedRow, Role } from '@qiao/sync-client'
import { needState, type NeedState } from '@qiao/ui/records/need'

export interface Column {
  key: string
  states: readonly NeedState[]
}

/** What a unit works through, from what has just come to what waits for the household's word. */
const UNIT: readonly Column[] = [
  { key: 'new', states: ['assigned', 'reopened'] },
  { key: 'accepted', states: ['accepted'] },
  { key: 'in_progress', states: ['in_progress'] },
  { key: 'answered', states: ['answered'] },
]

/** What a township looks after: needs nobody has, needs a unit has not taken up, and those it may close. */
const TOWNSHIP: readonly Column[] = [
  { key: 'unrouted', states: ['open', 'reopened', 'handed_back'] },
  { key: 'waiting', states: ['assigned'] },
  { key: 'working', states: ['accepted', 'in_progress'] },
  { key: 'closing', states: ['answered', 'solved'] },
]

/** How the board is narrowed down. */
export type Only = 'all' | 'mine' | 'overdue' | 'handed_back' | 'done'

const DONE: Record<'unit' | 'township', readonly NeedState[]> = { unit: ['solved', 'closed'], township: ['closed'] }

const URGENCY: Record<string, number> = { emergency: 0, urgent: 1 }

export function sideOf(role: Role | undefined): 'unit' | 'township' {
  return role === 'unit' ? 'unit' : 'township'
}

export function columnsOf(role: Role | undefined): readonly Column[] {
  return sideOf(role) === 'unit' ? UNIT : TOWNSHIP
}

/** The first column: what nobody here has looked after yet. */
export function isNew(need: NeedRow, role: Role | undefined): boolean {
  return columnsOf(role)[0]?.states.includes(needState(need.state)) ?? false
}

/** What is late, what is urgent, what is due sooner, what has waited longer. */
export function inOrder(needs: readonly NeedRow[]): NeedRow[] {
  return [...needs].sort(
    (a, b) =>
      Number(b.overdue) - Number(a.overdue) ||
      (URGENCY[a.urgency] ?? 2) - (URGENCY[b.urgency] ?? 2) ||
      (a.due ?? '9').localeCompare(b.due ?? '9') ||
      (a.raisedOn ?? '').localeCompare(b.raisedOn ?? '') ||
      a.id.localeCompare(b.id),
  )
}

/** Whether a need is shown under a way of narrowing down. */
export function fits(need: NeedRow, only: Only, role: Role | undefined, me: string): boolean {
  const state = needState(need.state)
  const done = DONE[sideOf(role)].includes(state)
  if (only === 'done') return done
  if (done) return false
  if (only === 'mine') return need.cadre === me
  if (only === 'overdue') return need.overdue
  return only === 'all' || state === 'handed_back'
}

/** The needs of each column. What has no column of its own is left out. */
export function inColumns(needs: readonly NeedRow[], role: Role | undefined): { column: Column; rows: NeedRow[] }[] {
  return columnsOf(role).map((column) => ({
    column,
    rows: inOrder(needs.filter((need) => column.states.includes(needState(need.state)))),
  }))
}

/** What a number of the overview counts. */
export const WAITING = ['unassigned', 'not_accepted', 'answered', 'handed_back', 'conflicts'] as const

/** Whether a need is one of those a number counts. */
export function waitsFor(need: NeedRow, what: string): boolean {
  const state = needState(need.state)
  switch (what) {
    case 'unassigned':
      return !need.unit && (state === 'open' || state === 'reopened')
    case 'not_accepted':
      return state === 'assigned'
    case 'answered':
      return state === 'answered'
    case 'handed_back':
      return state === 'handed_back'
    case 'conflicts':
      return need.conflicts > 0
    default:
      return true
  }
}
