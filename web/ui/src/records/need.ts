/**
 * What can be done about a need, by whom, and the edit each deed stands for.
 *
 * Which state a role may set is the policy's (`sync-core/src/policy/table.txt`, kept equal by a test); which
 * deed makes sense in which state is said here. The server refuses the rest.
 */
import type { DateText, DocId, Edit, EditOp, Role, Scalar } from '@qiao/sync-client'

export type NeedState =
  'open' | 'assigned' | 'accepted' | 'in_progress' | 'answered' | 'handed_back' | 'solved' | 'reopened' | 'closed'

export type NeedDeed =
  /** Put before a unit. */
  | 'route'
  /** Left for the township to put before somebody. */
  | 'leave'
  /** Taken up by oneself. */
  | 'start'
  | 'accept'
  | 'answer'
  | 'hand_back'
  /** The household says it is solved. */
  | 'confirm'
  | 'reopen'
  | 'close'
  /** A word in the thread; the state stays. */
  | 'respond'

/** States each role may set. */
export const STATES_BY_ROLE: Partial<Record<Role, readonly NeedState[]>> = {
  team: ['open', 'assigned', 'in_progress', 'answered', 'solved', 'reopened'],
  committee: ['open', 'assigned', 'in_progress', 'answered', 'solved', 'reopened'],
  village_cadre: ['open', 'assigned', 'in_progress', 'answered', 'solved', 'reopened'],
  unit: ['accepted', 'in_progress', 'answered', 'handed_back'],
  township: ['open', 'assigned', 'reopened', 'closed'],
}

/** The state a deed leads to; none for a word in the thread. */
export const STATE_AFTER: Record<Exclude<NeedDeed, 'respond'>, NeedState> = {
  route: 'assigned',
  leave: 'open',
  start: 'in_progress',
  accept: 'accepted',
  answer: 'answered',
  hand_back: 'handed_back',
  confirm: 'solved',
  reopen: 'reopened',
  close: 'closed',
}

/** Fields a deed asks for beside the need itself; the first of each must be filled in unless marked with `?`. */
export const ASKS: Record<NeedDeed, readonly string[]> = {
  route: ['unit', 'due?'],
  leave: [],
  start: ['plan?', 'planned_on?'],
  accept: [],
  answer: ['result', 'result_amount_yuan?'],
  hand_back: ['handed_back_reason'],
  confirm: ['result?'],
  reopen: ['reopened_reason'],
  close: ['closing_note?'],
  respond: [],
}

const VILLAGE: Record<NeedState, readonly NeedDeed[]> = {
  open: ['route', 'start', 'confirm', 'respond'],
  assigned: ['respond', 'route', 'leave', 'confirm'],
  accepted: ['respond', 'route', 'leave', 'confirm'],
  in_progress: ['confirm', 'respond', 'route', 'leave'],
  answered: ['confirm', 'reopen', 'respond'],
  handed_back: ['route', 'leave', 'start', 'respond'],
  reopened: ['route', 'start', 'leave', 'confirm', 'respond'],
  solved: ['reopen'],
  closed: ['reopen'],
}

const UNIT: Record<NeedState, readonly NeedDeed[]> = {
  open: [],
  assigned: ['accept', 'answer', 'hand_back', 'respond'],
  accepted: ['start', 'answer', 'hand_back', 'respond'],
  in_progress: ['answer', 'respond', 'hand_back'],
  answered: ['respond'],
  handed_back: ['accept'],
  reopened: ['accept', 'start', 'answer', 'hand_back', 'respond'],
  solved: [],
  closed: [],
}

const TOWNSHIP: Record<NeedState, readonly NeedDeed[]> = {
  open: ['route', 'respond', 'close'],
  assigned: ['respond', 'route', 'leave'],
  accepted: ['respond', 'route', 'leave'],
  in_progress: ['respond', 'route', 'leave'],
  answered: ['close', 'reopen', 'respond'],
  handed_back: ['route', 'leave', 'respond', 'close'],
  reopened: ['route', 'respond', 'close'],
  solved: ['close', 'reopen'],
  closed: ['reopen'],
}

const DEEDS: Partial<Record<Role, Record<NeedState, readonly NeedDeed[]>>> = {
  team: VILLAGE,
  committee: VILLAGE,
  village_cadre: VILLAGE,
  unit: UNIT,
  township: TOWNSHIP,
}

/** Reads a state; a need that names none has just been raised. */
export function needState(value: unknown): NeedState {
  return typeof value === 'string' && value in VILLAGE ? (value as NeedState) : 'open'
}

/** What a role may sensibly do in a state; the first is what usually comes next. */
export function deedsOf(role: Role, state: NeedState): readonly NeedDeed[] {
  const settable = STATES_BY_ROLE[role] ?? []
  return (DEEDS[role]?.[state] ?? []).filter((deed) => deed === 'respond' || settable.includes(STATE_AFTER[deed]))
}

/** The household has to be asked: answered, and nobody has confirmed it. */
export function waitsForConfirmation(state: NeedState): boolean {
  return state === 'answered'
}

/** Nothing more is expected. */
export function isDone(state: NeedState): boolean {
  return state === 'solved' || state === 'closed'
}

/** Who does it, on which day. */
export interface Doer {
  person: string
  unit: string | null
  today: DateText
}

/** The operations of a deed over a need that says `value`, with what was filled in. */
export function deedOps(
  deed: NeedDeed,
  value: Record<string, unknown>,
  filled: Record<string, Scalar>,
  doer: Doer,
  word = '',
): EditOp[] {
  const ops: EditOp[] = []
  const set = (name: string, to: Scalar) => void ops.push({ op: 'set', path: [name], value: to })
  const clear = (name: string) => name in value && ops.push({ op: 'delete', path: [name] })
  for (const [name, to] of Object.entries(filled)) set(name, to)
  if (deed === 'leave') clear('unit')
  if (deed === 'answer') set('result_on', doer.today)
  if (deed === 'confirm') {
    set('confirmed_on', doer.today)
    set('confirmed_by', doer.person)
    if ('result' in filled && !('result_on' in value)) set('result_on', doer.today)
  }
  if (deed === 'reopen') {
    // The household's word of last time holds no more.
    clear('confirmed_on')
    clear('confirmed_by')
  }
  if (deed === 'close') set('closed_on', doer.today)
  if (deed !== 'respond') set('state', STATE_AFTER[deed])
  if (word !== '') ops.push({ op: 'add', path: ['responses'], value: response(word, doer) })
  return ops
}

function response(text: string, doer: Doer): Record<string, Scalar> {
  return { by: doer.person, at: doer.today, text, ...(doer.unit === null ? {} : { unit: doer.unit }) }
}

/** A need being raised. Empty texts are left out. */
export interface NeedDraft {
  category: string
  urgency: string
  title: string
  description: string
  amount: number | null
  /** Null leaves it for the township. */
  unit: string | null
  due: DateText | null
}

export function emptyNeed(): NeedDraft {
  return { category: '', urgency: 'normal', title: '', description: '', amount: null, unit: null, due: null }
}

/** Whether a need says enough to be raised: what it is about. */
export function isRaisable(draft: NeedDraft): boolean {
  return draft.title.trim() !== ''
}

/** The edit that raises a need. */
export function needEdit(household: DocId, draft: NeedDraft, doer: Doer): Edit {
  const value: Record<string, Scalar> = {
    title: draft.title.trim(),
    urgency: draft.urgency,
    state: draft.unit === null ? 'open' : 'assigned',
    raised_on: doer.today,
  }
  if (doer.person !== '') value['raised_by'] = doer.person
  if (draft.category !== '') value['category'] = draft.category
  if (draft.description.trim() !== '') value['description'] = draft.description.trim()
  if (draft.amount !== null) value['amount_yuan'] = draft.amount
  if (draft.unit !== null) value['unit'] = draft.unit
  if (draft.due !== null) value['due'] = draft.due
  return { new: 'need', household, value }
}
