/** Measures of a plan with what came of them. Pure. */
import type { Doc, Scalar } from '@qiao/sync-client'
import { entriesIn, inKeyOrder } from './said'

export interface Measure {
  key: string
  entry: Record<string, Scalar>
  /** In the order they were written. */
  results: Record<string, Scalar>[]
  /** Neither done nor given up. */
  open: boolean
  /** Open beyond the day it was planned for. */
  late: boolean
}

/** A measure that another one stands for is left out; what is late and open comes first. */
export function measuresOf(doc: Pick<Doc, 'value'>, today: string): Measure[] {
  const all = inKeyOrder(entriesIn(doc, 'measures'))
  const results = inKeyOrder(entriesIn(doc, 'results'))
  const replacedBy = new Map(all.map(([key, entry]) => [String(entry['corrects'] ?? ''), key]))
  return all
    .filter(([key]) => !replacedBy.has(key))
    .map(([key, entry]) => {
      const own = results
        .filter(
          ([, result]) => result['measure'] === key || (entry['corrects'] && result['measure'] === entry['corrects']),
        )
        .map(([, result]) => result)
      const open = !['done', 'given_up'].includes(String(own.at(-1)?.['state'] ?? ''))
      const planned = String(entry['planned_on'] ?? '')
      return { key, entry, results: own, open, late: open && planned !== '' && planned < today }
    })
    .sort((a, b) => Number(b.late) - Number(a.late) || Number(b.open) - Number(a.open))
}
