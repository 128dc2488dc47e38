/** Order and parts of a list of needs: what waits for the household's word first, then what is late. */
import type { NeedRow } from '@qiao/sync-client'
import { isDone, needState, waitsForConfirmation } from './need'

export type NeedPart = 'answered' | 'overdue' | 'open' | 'done'

export const NEED_PARTS: readonly NeedPart[] = ['answered', 'overdue', 'open', 'done']

/** How urgently, by the code stored; what is unknown counts as ordinary. */
const URGENCY: Record<string, number> = { emergency: 0, urgent: 1 }

/** Which part of the list a need stands in. */
export function partOf(need: NeedRow): NeedPart {
  const state = needState(need.state)
  if (isDone(state)) return 'done'
  if (waitsForConfirmation(state)) return 'answered'
  return need.overdue ? 'overdue' : 'open'
}

/** What waits first, the urgent before the ordinary, the oldest first; the settled newest first. */
export function sorted(needs: readonly NeedRow[]): NeedRow[] {
  return [...needs].sort((a, b) => {
    const [partA, partB] = [partOf(a), partOf(b)]
    if (partA !== partB) return NEED_PARTS.indexOf(partA) - NEED_PARTS.indexOf(partB)
    const byDay = (a.raisedOn ?? '').localeCompare(b.raisedOn ?? '')
    if (partA === 'done') return -byDay
    return (URGENCY[a.urgency] ?? 2) - (URGENCY[b.urgency] ?? 2) || byDay
  })
}

/** The list with the part that begins at each first row. */
export function inParts(needs: readonly NeedRow[]): { part: NeedPart; rows: NeedRow[] }[] {
  const all = sorted(needs)
  return NEED_PARTS.map((part) => ({ part, rows: all.filter((need) => partOf(need) === part) })).filter(
    ({ rows }) => rows.length > 0,
  )
}
