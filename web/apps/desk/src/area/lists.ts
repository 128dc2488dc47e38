/** The list behind a number: its page here, with the filter the server named. Pure. */
import type { RouteLocationRaw } from 'vue-router'

interface Named {
  to: string
  filter: Record<string, unknown>
}

/** Filters of households that may stand in an address: nothing in them tells who somebody is. */
export const IN_ADDRESS = [
  'place',
  'household_type',
  'monitoring_type',
  'monitored',
  'cleared',
  'risk',
  'risk_state',
  'register_state',
  'not_visited_days',
  'visited_days',
  'gap',
  'conflicts',
  'without_measure',
  'group',
] as const

/** A filter as parts of an address: one value or several, as text. */
export function toQuery(filter: Record<string, unknown>): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const name of IN_ADDRESS) {
    const value = filter[name]
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue
    query[name] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return query
}

const LISTS = new Set<string>(['household_type', 'monitoring_type', 'risk', 'risk_state', 'gap'])
const NUMBERS = new Set<string>(['not_visited_days', 'visited_days', 'group'])
const TRUTHS = new Set<string>(['monitored', 'cleared', 'conflicts', 'without_measure'])

/** Reads what {@link toQuery} wrote; what is no filter is left out. */
export function fromQuery(query: Record<string, unknown>): Record<string, unknown> {
  const filter: Record<string, unknown> = {}
  for (const name of IN_ADDRESS) {
    const value = query[name]
    if (value === undefined || value === null || value === '') continue
    const all = (Array.isArray(value) ? value : [value]).map(String)
    if (LISTS.has(name)) filter[name] = all
    else if (NUMBERS.has(name)) {
      const number = Number(all[0])
      if (Number.isInteger(number)) filter[name] = number
    } else filter[name] = TRUTHS.has(name) ? all[0] === 'true' : all[0]
  }
  return filter
}

/** Where a number leads; null where this role has no such list. A village's needs are those of the village. */
export function listOf({ to, filter }: Named, board: boolean, village = false): RouteLocationRaw | null {
  if (to === 'households') return { name: 'households', query: toQuery(filter) }
  if (to === 'places') {
    const only = ['silent', 'unsent', 'conflicts'].find((name) => filter[name])
    return { name: 'overview', params: { place: String(filter['place'] ?? '') }, query: only ? { only } : {} }
  }
  if (to !== 'needs' || !board) return null
  const query: Record<string, string> = {}
  if (filter['overdue']) query['only'] = 'overdue'
  if (typeof filter['waiting'] === 'string') query['waiting'] = filter['waiting']
  if (filter['conflicts']) query['waiting'] = 'conflicts'
  if (village && typeof filter['place'] === 'string') query['village'] = filter['place']
  return { name: 'needs', query }
}
