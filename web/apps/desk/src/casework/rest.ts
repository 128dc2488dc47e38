/**
 * What the server answers about casework: lists over a township or a county, one case with its statement, numbers.
 *
 * Reads alone; whatever is written goes through this desk's own device.
 */
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { ask, BACKGROUND } from '@qiao/api-client'
import type { CaseClock, CaseStanding, Role } from '@qiao/sync-client'
import { onDocs } from '../link/device'
import { api } from '../session/session'
import { limitOf, standingOf, type Folded, type FoldedLimit } from './standing'

/** A clock of a list: whole days. */
export interface RowClock {
  clock: string
  zh: string
  en: string
  holder: string | null
  started: string
  due: string
  limit: FoldedLimit
  minimum: boolean
  status: CaseClock['status']
  left: number | null
  announced: boolean
}

export interface CaseRow {
  id: string
  kind: 'application' | 'case'
  household: string
  village: string
  village_name: string
  householder: string
  applicant: string | null
  procedure: string | null
  procedure_zh: string
  procedure_en: string
  state: string
  state_zh: string
  state_en: string
  holder: string | null
  closed: boolean
  opened_on: string | null
  due: RowClock | null
  clocks: RowClock[]
  late_count: number
  notice_until: string | null
  objections: number
  monitoring_type: string | null
  paperwork: boolean
  measures: number
  kinship: boolean
}

export interface CaseAnswer {
  row: CaseRow
  fields: Record<string, unknown>
  hidden: string[][]
  standing: Folded | null
  events: Record<string, Record<string, string | number | boolean>>
  people: Record<string, string>
  notices: { id: string; title: string; issues: Record<string, unknown>[]; postings: Record<string, unknown>[] }[]
  verified: { ok: boolean; problems: string[]; changes: number } | null
  notice_days?: number | null
  township_name?: string | null
}

/** What the list of cases is narrowed down by, as it stands in an address. */
export const FILTERS = [
  'kind',
  'procedure',
  'state',
  'holder',
  'place',
  'village',
  'household',
  'closed',
  'clock',
  'named',
  'notice',
  'paperwork',
  'late',
  'kinship',
  'monitored',
  'monitoring_type',
  'since',
  'undecided',
  'decided',
] as const
export type CaseFilter = Partial<Record<(typeof FILTERS)[number], string>>

type Query = Record<string, string | number | boolean | undefined>
/** The paths of casework, until they are part of the generated client. */
const reads = api as unknown as {
  GET(path: string, init: object): Promise<{ data?: unknown; error?: unknown; response: Response }>
  POST(path: string, init: object): Promise<{ data?: unknown; error?: unknown; response: Response }>
}
export function read<T>(path: string, query: Query = {}, background = false): Promise<T> {
  const headers = background ? { [BACKGROUND]: '1' } : {}
  return ask(reads.GET(path, { params: { query }, headers }) as never) as Promise<T>
}
export function search<T>(path: string, body: object): Promise<T> {
  return ask(reads.POST(path, { body }) as never) as Promise<T>
}

/** A clock of a list in the form of a device's, for the same badge. */
export function clockOf(clock: RowClock): CaseClock {
  return {
    clock: clock.clock,
    name: { zh: clock.zh, en: clock.en },
    holder: clock.holder as Role | null,
    articles: [],
    limit: limitOf(clock.limit),
    started: clock.started,
    due: clock.due,
    dueMs: Date.parse(`${clock.due}T23:59:59+08:00`),
    paused: 0,
    stopped: null,
    status: clock.status,
    left: clock.left,
    announced: clock.announced,
  }
}

/** Changes that come together are read together. */
const SOON_MS = 500

/** Calls `look` soon after documents of the desk have changed. */
export function afterDocs(look: () => void, concerns: (ids: ReadonlySet<string>) => boolean = () => true): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = onDocs((ids) => {
    if (!concerns(ids)) return
    timer ??= setTimeout(() => {
      timer = undefined
      look()
    }, SOON_MS)
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
}

/** The server's count of one case, read again after each change; what it said last stays while it cannot be reached. */
export function useServerCase(id: Ref<string>): {
  standing: Ref<CaseStanding | null>
  row: Ref<CaseRow | null>
  noticeDays: Ref<number | null>
  office: Ref<string>
} {
  const answer = shallowRef<CaseAnswer | null>(null)
  let turn = 0
  async function look(): Promise<void> {
    const mine = (turn += 1)
    const of = id.value
    const got = await read<CaseAnswer>(`/api/v1/cases/${encodeURIComponent(of)}`, {}, answer.value !== null).catch(
      () => null,
    )
    if (mine === turn && got && of === id.value) answer.value = got
  }
  watch(
    id,
    () => {
      answer.value = null
      void look()
    },
    { immediate: true },
  )
  afterDocs(
    () => void look(),
    (ids) => ids.has(id.value),
  )
  return {
    standing: computed(() => (answer.value?.standing ? standingOf(answer.value.standing) : null)),
    row: computed(() => answer.value?.row ?? null),
    noticeDays: computed(() => answer.value?.notice_days ?? null),
    office: computed(() => answer.value?.township_name ?? ''),
  }
}
