/** How the list of households is narrowed, and the chips that say so. */
import type { HouseholdFilter } from '@qiao/sync-client'

/** Days without a visit that are offered. */
export const NOT_VISITED_DAYS = [30, 60, 90, 180] as const

/** What can be taken off the filter, one chip each. */
export type FilterPart = 'village' | 'group' | 'type' | 'monitored' | 'risk' | 'mine' | 'notVisitedDays'

const PARTS: readonly FilterPart[] = ['village', 'group', 'type', 'monitored', 'risk', 'mine', 'notVisitedDays']

/** The parts that are set, beside the typed text. */
export function partsOf(filter: HouseholdFilter): FilterPart[] {
  return PARTS.filter((part) => filter[part] !== undefined && filter[part] !== false)
}

/** The filter without one part. A group is a number within a village, so it goes with the village. */
export function without(filter: HouseholdFilter, part: FilterPart): HouseholdFilter {
  const left = { ...filter }
  delete left[part]
  if (part === 'village') delete left.group
  return left
}

/** The filter with one part set, or taken off when it is set so already. */
export function toggled<P extends FilterPart>(
  filter: HouseholdFilter,
  part: P,
  value: HouseholdFilter[P],
): HouseholdFilter {
  return filter[part] === value ? without(filter, part) : { ...filter, [part]: value }
}

/** Whether nothing narrows the list. */
export function isAll(filter: HouseholdFilter): boolean {
  return partsOf(filter).length === 0 && (filter.text ?? '').trim() === ''
}
