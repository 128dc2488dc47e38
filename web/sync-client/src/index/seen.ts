/**
 * Marks on a need that an office has looked at it: reading them, and whether this person is to leave one.
 *
 * The assigned unit and the township mark what they open, so that whoever raised it knows that it is read. Marks are
 * written once and stay; who opens it again, or on another device, adds nothing.
 */
import type { EditOp, Me, Seen, Value } from '../api'
import { asText, entries } from './values'

/** The first mark of each office. */
export function seenOf(value: Value): Seen[] {
  const first = new Map<string, Seen>()
  for (const seen of marksOf(value)) {
    const of = `${seen.office} ${seen.unit}`
    const known = first.get(of)
    if (!known || seen.atMs < known.atMs) first.set(of, seen)
  }
  return [...first.values()].sort((a, b) => a.atMs - b.atMs)
}

/** The operation by which this person leaves a mark; null where there is none to leave. */
export function markOf(value: Value, me: Me, nowMs: number): EditOp | null {
  const { role, person, unit } = me
  const office = role === 'unit' && unit !== null && unit === asText(value['unit']) ? role : null
  if (role !== 'township' && office === null) return null
  const mine = marksOf(value).some(
    (mark) => mark.person === person && (mark.office === 'township' || mark.unit === unit),
  )
  if (mine) return null
  const at = { by: person, at_s: Math.floor(nowMs / 1000) }
  return {
    op: 'add',
    path: ['seen'],
    value: office === null ? { ...at, office: 'township' } : { ...at, office, unit: unit ?? '' },
  }
}

function marksOf(value: Value): Seen[] {
  return Object.values(entries(value, 'seen')).flatMap((entry) => {
    const office = entry['office']
    if (office !== 'unit' && office !== 'township') return []
    const unit = office === 'unit' ? asText(entry['unit']) : ''
    return [{ office, unit, person: asText(entry['by']), atMs: Number(entry['at_s'] ?? 0) * 1000 }]
  })
}
