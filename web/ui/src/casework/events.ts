/**
 * Sorts of events: what the form of each asks, who is offered which, and what waits for whom. Pure.
 *
 * What an event needs to count is the procedure's, and the engine judges it; here stands only what is put before people,
 * and in which order. Who may write a sort is the catalogue's.
 */
import type { CaseNext, CaseworkRow, Catalogue, CatalogueField, Role, Scalar } from '@qiao/sync-client'
import { entriesOf, fieldAt } from '../records/catalogue'

/** Kinds of documents that have events. */
export type EventKind = 'application' | 'case'

/** Fields by sort, in the order of the form; `?` marks what may be left out. */
const FIELDS: Record<string, readonly string[]> = {
  note: ['text'],
  // What the village brings.
  submit: ['applicant', 'authorised', 'mandate', 'text?', 'files?'],
  material_supplied: ['text', 'files?'],
  own_objection: ['text', 'files?'],
  change_reported: ['on', 'text', 'files?'],
  emergency_reported: ['text', 'applicant?', 'place?', 'files?'],
  appraisal: ['on', 'place?', 'text', 'conclusion?', 'witness?', 'files?'],
  notice_posted: ['on', 'place?', 'files?'],
  objection: ['on', 'raised_by?', 'text', 'files?'],
  withdraw: ['reason?'],
  survey_form: ['on', 'place?', 'text', 'family_signed?', 'reason?', 'witness?', 'files?'],
  // What the offices do.
  material_list: ['items'],
  not_accepted: ['reason'],
  kinship: ['relation'],
  survey_start: ['investigator_1', 'investigator_2', 'on?'],
  check_result: ['conclusion', 'text?'],
  means_failed: ['reason'],
  self_care: ['failed_indicators', 'text?'],
  opinion: ['text', 'members_count?', 'amount_yuan?'],
  county_visit: ['on?', 'text', 'files?'],
  random_check: ['on?', 'text?'],
  send_back: ['reason'],
  approve: ['amount_yuan', 'members_count', 'pay_from', 'income_stable?', 'text?'],
  approve_delegated: ['amount_yuan', 'text?'],
  refuse: ['reason'],
  refuse_delegated: ['reason'],
  refusal_letter: ['text', 'files?'],
  first_payment: ['on?', 'amount_yuan?'],
  extend: ['reason'],
  recheck_done: ['conclusion', 'amount_yuan?', 'income_stable?', 'text?'],
  stop: ['reason'],
  terminate: ['reason'],
  aid_given: ['amount_yuan?', 'items?', 'on?'],
  paperwork_done: ['applicant', 'text', 'files?'],
  refer: ['department', 'text?'],
  result: ['conclusion', 'text', 'amount_yuan?'],
  // Monitoring.
  lead: ['source', 'risk?', 'text?'],
  home_check: ['on', 'text', 'risk?', 'files?'],
  commitment: ['on', 'authorised', 'files?'],
  compare_result: ['conclusion', 'text?'],
  notice_start: ['until', 'place?', 'text?'],
  clear_notice_start: ['until', 'place?', 'text?'],
  clear_notice_posted: ['on', 'place?', 'files?'],
  clear_appraisal: ['on', 'place?', 'text', 'witness?', 'files?'],
  clear_visit: ['on', 'months_stable', 'text', 'files?'],
  clear_refuse: ['reason'],
  dismiss: ['reason'],
  measure_started: ['on', 'text'],
  visit: ['on', 'text', 'files?'],
  roll_back: ['reason'],
}

const OF_CASE: Record<string, readonly string[]> = { approve: ['monitoring_type', 'risk', 'text?'] }

/** Procedures whose decision is one sum and no monthly payment. */
const ONE_SUM: ReadonlySet<string> = new Set(['temporary_expenditure', 'temporary_emergency'])

/** Of what can be done, what only stands beside the course. */
const BESIDE: ReadonlySet<string> = new Set([
  'note',
  'objection',
  'kinship',
  'change_reported',
  'extend',
  'terminate',
  'withdraw',
  'random_check',
  'track',
])

/** A field of a form, and whether it must be filled in. */
export interface AskedField {
  field: CatalogueField
  required: boolean
}

/** Names of the fields a sort asks for; `?` marks what may be left out. A sort not named here asks for a text. */
export function fieldsOf(kind: EventKind, sort: string, procedure = ''): readonly string[] {
  const names = (kind === 'case' ? OF_CASE[sort] : undefined) ?? FIELDS[sort] ?? ['text?']
  if (sort !== 'approve' || !ONE_SUM.has(procedure)) return names
  return names.filter((name) => !['pay_from', 'income_stable?', 'members_count'].includes(name))
}

/** The form of a sort, with the catalogue's labels and choices; a field this catalogue does not know is left out. */
export function eventForm(catalogue: Catalogue, kind: EventKind, sort: string, procedure = ''): AskedField[] {
  return fieldsOf(kind, sort, procedure).flatMap((asked) => {
    const field = fieldAt(catalogue, kind, ['events', 'k', asked.replace('?', '')])
    return field ? [{ field: narrowed(field, sort), required: !asked.endsWith('?') }] : []
  })
}

const CONCLUSIONS: Record<string, readonly string[]> = {
  check_result: ['passed', 'failed'],
  compare_result: ['passed', 'failed'],
  recheck_done: ['passed', 'changed', 'failed'],
  result: ['passed', 'changed', 'failed'],
  appraisal: ['upheld', 'dismissed'],
}

function narrowed(field: CatalogueField, sort: string): CatalogueField {
  const drawn = CONCLUSIONS[sort]
  if (field.name !== 'conclusion' || !drawn) return field
  return { ...field, choices: (field.choices ?? []).filter((choice) => drawn.includes(choice.value)) }
}

/** Whether a role may write a sort at all. */
export function mayEvent(catalogue: Catalogue, kind: EventKind, sort: string): boolean {
  if (!entriesOf(catalogue, kind, 'events')?.may.includes('A')) return false
  const choice = fieldAt(catalogue, kind, ['events', 'k', 'event'])?.choices?.find((one) => one.value === sort)
  return choice !== undefined && choice.may !== false
}

/** Whether a sort moves nothing on and is only written down beside the course. */
export function isBeside(sort: string): boolean {
  return BESIDE.has(sort)
}

/** What a role may do now: what moves the course on, and what stands beside it. What lacks nothing comes first. */
export function offered(
  next: readonly CaseNext[],
  role: Role | undefined,
  catalogue: Catalogue,
  kind: EventKind,
): { main: CaseNext[]; beside: CaseNext[] } {
  const mine = next.filter(
    (one) => role !== undefined && one.roles.includes(role) && mayEvent(catalogue, kind, one.event),
  )
  return {
    main: mine
      .filter((one) => !isBeside(one.event))
      .sort((a, b) => Number(a.missing.length > 0) - Number(b.missing.length > 0)),
    beside: mine.filter((one) => isBeside(one.event)),
  }
}

/** The sort of event that a row waits for from this person; null when it waits for somebody else. */
export function waitsFor(
  row: Pick<CaseworkRow, 'next' | 'since' | 'holder' | 'investigators' | 'clock' | 'closed'>,
  me: { role: Role; person: string } | null,
): string | null {
  if (!me || row.closed) return null
  const mine = row.next.filter((next) => next.roles.includes(me.role)).map((next) => next.event)
  const done = (event: string, person?: string) =>
    row.since.some((step) => step.event === event && (person === undefined || step.person === person))
  // A notice hangs once, a survey is written by each who was named.
  for (const posted of ['notice_posted', 'clear_notice_posted'])
    if (mine.includes(posted) && me.role === 'committee') return done(posted) ? null : posted
  if (mine.includes('survey_form') && me.role !== 'township') {
    const named = row.investigators.length === 0 || row.investigators.includes(me.person)
    return named && !done('survey_form', me.person) ? 'survey_form' : null
  }
  const turn = row.holder === me.role || (row.holder === 'team' && isVillage(me.role))
  const late = row.clock !== null && row.clock.holder === me.role && row.clock.status !== 'paused'
  if (late && mine.includes('measure_started')) return done('measure_started') ? null : 'measure_started'
  if (!turn) return null
  const main = mine.filter((event) => !isBeside(event) && !IN_PASSING.has(event))
  return main.find((event) => !done(event)) ?? null
}

/** What may be done again and again while nothing waits. */
const IN_PASSING: ReadonlySet<string> = new Set([
  'visit',
  'clear_visit',
  'plan_made',
  'measure_started',
  'lead',
  'emergency_reported',
  'publish',
  'recheck_start',
  'stop',
])

function isVillage(role: Role): boolean {
  return role === 'team' || role === 'committee' || role === 'village_cadre'
}

/** The entry to add: the sort, the author's role, and what the form says. */
export function eventValue(
  sort: string,
  role: Role,
  said: Record<string, Scalar | null | undefined>,
  corrects: string | null = null,
): Record<string, Scalar> {
  const value: Record<string, Scalar> = { event: sort, role }
  for (const [name, one] of Object.entries(said)) if (one !== null && one !== undefined && one !== '') value[name] = one
  if (corrects !== null) value['corrects'] = corrects
  return value
}
