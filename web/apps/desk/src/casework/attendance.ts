/** One member's month: sums by what was written, requests for leave with what was decided. Pure. */
import type { Doc } from '@qiao/sync-client'
import { addDays } from './days'
import { entriesIn, inKeyOrder } from './said'

export type DayState = 'present' | 'trip' | 'training' | 'leave' | 'rest'

export interface Sums extends Record<DayState, number> {
  /** Days in the village and days that count like them: duty trips and training. */
  inDuty: number
  /** Days of the month nothing was written for. */
  unmarked: number
  /** Days the township has confirmed; null while it has not. */
  confirmed: number | null
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A later mark for a day stands for the earlier one. */
export function sumsOf(doc: Pick<Doc, 'value'>, month: string): Sums {
  const days = new Map<string, string>()
  for (const [, mark] of inKeyOrder(entriesIn(doc, 'marks'))) {
    const date = text(mark['date'])
    if (date.startsWith(month)) days.set(date, text(mark['state']))
  }
  const count = (state: DayState): number => [...days.values()].filter((one) => one === state).length
  const sums = {
    present: count('present'),
    trip: count('trip'),
    training: count('training'),
    leave: count('leave'),
    rest: count('rest'),
  }
  const [year = 0, no = 1] = month.split('-').map(Number)
  const last = inKeyOrder(entriesIn(doc, 'confirmations')).at(-1)?.[1]['days_count']
  return {
    ...sums,
    inDuty: sums.present + sums.trip + sums.training,
    unmarked: new Date(Date.UTC(year, no, 0)).getUTCDate() - days.size,
    confirmed: typeof last === 'number' ? last : null,
  }
}

export interface Leave {
  key: string
  from: string
  until: string
  /** Both days counted. */
  days: number
  reason: string
  decision: 'granted' | 'refused' | 'passed_on' | null
  why: string
}

/** Requests for leave; the last decision on each holds. */
export function leavesOf(doc: Pick<Doc, 'value'>): Leave[] {
  const decisions = inKeyOrder(entriesIn(doc, 'decisions')).map(([, one]) => one)
  return inKeyOrder(entriesIn(doc, 'leaves')).map(([key, leave]) => {
    const last = decisions.filter((one) => one['leave'] === key).at(-1)
    const [from, until] = [text(leave['from']), text(leave['until'])]
    let days = 0
    for (let day = from; day && day <= until && days < 366; day = addDays(day, 1)) days += 1
    return {
      key,
      from,
      until,
      days,
      reason: text(leave['reason']),
      decision: (text(last?.['conclusion']) || null) as Leave['decision'],
      why: text(last?.['reason']),
    }
  })
}
