/** The list of households as it is scrolled: headings of groups between the rows. */
import type { HouseholdRow } from '@qiao/sync-client'

export interface GroupHeading {
  type: 'group'
  key: string
  village: string
  group: number | null
  count: number
}
export interface HouseholdItem {
  type: 'household'
  key: string
  row: HouseholdRow
}
export type ListItem = GroupHeading | HouseholdItem

/** Rows with a heading before each group. Rows come in the order of groups. */
export function withHeadings(rows: readonly HouseholdRow[]): ListItem[] {
  const items: ListItem[] = []
  let heading: GroupHeading | undefined
  for (const row of rows) {
    if (!heading || heading.village !== row.village || heading.group !== row.group) {
      heading = {
        type: 'group',
        key: `${row.village}/${row.group ?? ''}/${row.id}`,
        village: row.village,
        group: row.group,
        count: 0,
      }
      items.push(heading)
    }
    heading.count += 1
    items.push({ type: 'household', key: row.id, row })
  }
  return items
}

/** Rows without headings: the results of a search. */
export function withoutHeadings(rows: readonly HouseholdRow[]): ListItem[] {
  return rows.map((row) => ({ type: 'household', key: row.id, row }))
}

/** Index of the heading that an item stands under; -1 above the first. */
export function headingAbove(headings: readonly number[], index: number): number {
  let found = -1
  for (const heading of headings) {
    if (heading > index) break
    found = heading
  }
  return found
}
