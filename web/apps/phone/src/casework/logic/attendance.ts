/** A month of attendance: what each day says, requests for leave with their decisions. Pure. */
import type { DateText, Scalar } from '@qiao/sync-client'
import { inKeyOrder } from './material'

type Entries = Record<string, Record<string, Scalar>>

export type DayState = 'present' | 'trip' | 'training' | 'leave' | 'rest'
export const DAY_STATES: readonly DayState[] = ['present', 'trip', 'training', 'leave', 'rest']

export interface Day {
  date: DateText
  day: number
  /** Monday is 0. */
  weekday: number
  state: DayState | null
  note: string
}

export interface Leave {
  key: string
  from: DateText
  until: DateText
  reason: string
  /** `waiting` until the township has decided. */
  decision: 'waiting' | 'granted' | 'refused' | 'passed_on'
  why: string
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** The days of a month; a later mark stands for the earlier one. */
export function daysOf(year: number, month: number, marks: Entries): Day[] {
  const said = new Map<string, { state: DayState; note: string }>()
  for (const [, mark] of inKeyOrder(marks)) {
    const state = mark['state'] as DayState
    if (DAY_STATES.includes(state)) said.set(String(mark['date'] ?? ''), { state, note: String(mark['note'] ?? '') })
  }
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return Array.from({ length: count }, (_, index) => {
    const date = `${year}-${two(month)}-${two(index + 1)}`
    const weekday = (new Date(Date.UTC(year, month - 1, index + 1)).getUTCDay() + 6) % 7
    const mark = said.get(date)
    return { date, day: index + 1, weekday, state: mark?.state ?? null, note: mark?.note ?? '' }
  })
}

/** Days by state, and those the rule counts as on duty: in the village, on a trip, in training. */
export function countsOf(days: readonly Day[]): Record<DayState, number> & { onDuty: number } {
  const of = (state: DayState) => days.filter((day) => day.state === state).length
  const counts = {
    present: of('present'),
    trip: of('trip'),
    training: of('training'),
    leave: of('leave'),
    rest: of('rest'),
  }
  return { ...counts, onDuty: counts.present + counts.trip + counts.training }
}

/** Requests for leave, the newest first, each with the last decision on it. */
export function leavesOf(leaves: Entries, decisions: Entries): Leave[] {
  const decided = inKeyOrder(decisions)
  return inKeyOrder(leaves)
    .map(([key, leave]): Leave => {
      const last = decided.filter(([, decision]) => decision['leave'] === key).at(-1)?.[1]
      const conclusion = last?.['conclusion']
      const known = conclusion === 'granted' || conclusion === 'refused' || conclusion === 'passed_on'
      return {
        key,
        from: String(leave['from'] ?? ''),
        until: String(leave['until'] ?? ''),
        reason: String(leave['reason'] ?? ''),
        decision: known ? conclusion : 'waiting',
        why: String(last?.['reason'] ?? ''),
      }
    })
    .reverse()
}

/** The month before or after. */
export function monthBeside(year: number, month: number, by: -1 | 1): { year: number; month: number } {
  const at = new Date(Date.UTC(year, month - 1 + by, 1))
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1 }
}
