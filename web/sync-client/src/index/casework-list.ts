/** Which rows of casework a list shows, and in which order. */
import type { DateText } from '../api'
import type { CaseworkFilter, CaseworkRow } from '../casework'
import { isAged, type KeptCasework } from './casework'
import { match, words } from './search'

/** Rows a filter lets through, the most pressing first. `about` is what is known of the household, to search in. */
export function chosen(
  all: Iterable<KeptCasework>,
  filter: CaseworkFilter,
  about: (kept: KeptCasework) => { village: string; found: string },
): KeptCasework[] {
  const wanted = words(filter.text ?? '')
  const show = filter.show ?? 'all'
  const rows: KeptCasework[] = []
  for (const kept of all) {
    if (filter.kinds && !filter.kinds.includes(kept.kind)) continue
    if (show !== 'all' && kept.closed !== (show === 'done')) continue
    if (filter.household !== undefined && kept.household !== filter.household) continue
    const { village, found } = about(kept)
    if (filter.village !== undefined && village !== filter.village) continue
    if (wanted.length > 0 && match(`${kept.found}\n${found}`, wanted) === 0) continue
    rows.push(kept)
  }
  return rows.sort(byClock)
}

/** A row as screens see it, without what only lists need. */
export function rowOf(
  kept: KeptCasework,
  around: Pick<CaseworkRow, 'householder' | 'village' | 'group' | 'mark' | 'returned'>,
): CaseworkRow {
  const row: Partial<KeptCasework> = { ...kept }
  for (const name of ['applicant', 'asOf', 'found'] as const) delete row[name]
  return { ...(row as Omit<KeptCasework, 'applicant' | 'asOf' | 'found'>), ...around }
}

/** Rows whose clocks were looked at on another day. */
export function aged(all: Iterable<KeptCasework>, today: DateText): string[] {
  return [...all].filter((kept) => isAged(kept, today)).map((kept) => kept.id)
}

function byClock(a: KeptCasework, b: KeptCasework): number {
  const rank = (kept: KeptCasework): number => {
    if (kept.closed) return 4
    if (kept.clock === null) return 3
    return kept.clock.status === 'overdue' ? 0 : kept.clock.status === 'paused' ? 2 : 1
  }
  return (
    rank(a) - rank(b) ||
    (a.clock?.dueMs ?? 0) - (b.clock?.dueMs ?? 0) ||
    compare(b.openedOn ?? '', a.openedOn ?? '') ||
    compare(b.id, a.id)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
