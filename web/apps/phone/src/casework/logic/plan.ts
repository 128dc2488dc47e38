/** Measures of a plan, each with what came of it. Pure. */
import type { Scalar } from '@qiao/sync-client'
import { inKeyOrder } from './material'

type Entry = Record<string, Scalar>
type Entries = Record<string, Entry>

export interface Measure {
  key: string
  fields: Entry
  /** Oldest first. */
  results: { key: string; fields: Entry }[]
  /** The last word on it; empty while there is none. */
  state: string
}

/** The measures that stand, in the order in which they were written; one that another stands for is left out. */
export function measuresOf(measures: Entries, results: Entries): Measure[] {
  const replaced = new Set(Object.values(measures).map((measure) => measure['corrects']))
  const all = inKeyOrder(results)
  return inKeyOrder(measures)
    .filter(([key]) => !replaced.has(key))
    .map(([key, fields]) => {
      const mine = all.filter(([, result]) => result['measure'] === key)
      const said = mine.map(([, result]) => String(result['state'] ?? '')).filter((state) => state !== '')
      return {
        key,
        fields,
        results: mine.map(([key, fields]) => ({ key, fields })),
        state: said.at(-1) ?? '',
      }
    })
}
