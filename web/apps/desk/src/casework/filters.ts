/** What the list of cases is narrowed down by, in its address and as the server asks for it. Pure. */
import { FILTERS, type CaseFilter } from './rest'

/** The five ways a case stands in time. */
export const CLOCKS = ['all', 'overdue', 'due', 'running', 'paused', 'done'] as const
export type ClockFilter = (typeof CLOCKS)[number]

/** Lists that are asked for again and again, by the role that asks. */
export const PRESETS: Record<string, { roles: readonly string[]; filter: CaseFilter }> = {
  mineTownship: { roles: ['township'], filter: { holder: 'township' } },
  mineCounty: { roles: ['county'], filter: { holder: 'county' } },
  review: { roles: ['county'], filter: { state: 'county_review' } },
  visits: { roles: ['county'], filter: { state: 'county_review', kinship: 'true' } },
  rechecks: { roles: ['township', 'county'], filter: { clock: 'due', named: 'recheck' } },
  paperwork: { roles: ['township', 'county'], filter: { paperwork: 'true' } },
  objected: { roles: ['township', 'county'], filter: { notice: 'objected' } },
  leads: { roles: ['township', 'county'], filter: { kind: 'case', clock: 'overdue', named: 'identification' } },
  noMeasure: { roles: ['township', 'county'], filter: { kind: 'case', clock: 'overdue', named: 'no_measure' } },
  late: { roles: ['township', 'county'], filter: { late: 'true' } },
}

export function fromAddress(query: Record<string, unknown>): CaseFilter {
  const filter: CaseFilter = {}
  for (const name of FILTERS) {
    const value = query[name]
    if (typeof value === 'string' && value !== '') filter[name] = value
  }
  return filter
}

/** Which of the five a filter stands for. */
export function clockFilterOf(filter: CaseFilter): ClockFilter {
  if (filter.closed === 'true') return 'done'
  return CLOCKS.find((one) => one === filter.clock) ?? 'all'
}

/** The filter with another of the five. */
export function withClock(filter: CaseFilter, chosen: ClockFilter): CaseFilter {
  const rest = { ...filter }
  delete rest.clock
  delete rest.closed
  if (chosen === 'all') return rest
  return chosen === 'done' ? { ...rest, closed: 'true' } : { ...rest, clock: chosen }
}

/** As the server is asked: what is settled is left out unless it is asked for. */
export function asQuery(filter: CaseFilter): CaseFilter {
  const aboutTheSettled = filter.closed ?? filter.decided ?? filter.monitored
  return aboutTheSettled ? filter : { ...filter, closed: 'false' }
}

export function isPreset(filter: CaseFilter, name: string): boolean {
  const wanted = PRESETS[name]?.filter ?? {}
  const keys = Object.keys(filter)
  return (
    keys.length === Object.keys(wanted).length && keys.every((key) => filter[key as never] === wanted[key as never])
  )
}

const LISTS = new Set<string>(['procedure', 'state', 'holder', 'named', 'monitoring_type'])
const TRUTHS = new Set<string>(['closed', 'paperwork', 'late', 'kinship', 'undecided', 'decided'])

/** As the body of a search: lists as lists, truths as truths. */
export function asBody(filter: CaseFilter): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => {
      if (LISTS.has(name)) return [name, value.split(',')]
      return [name, TRUTHS.has(name) ? value === 'true' : value]
    }),
  )
}
