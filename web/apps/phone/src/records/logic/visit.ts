/** A visit being written, the edits it becomes, and corrections beside what they correct. */
import type { DateText, DocId, Edit, Scalar, VisitRow } from '@qiao/sync-client'
import { tidyText } from './check'
import { yearOf } from './day'
import { type Doer, type NeedDraft, isRaisable, needEdit } from './need'

/** Everything on the screen of a visit; kept as a draft as it is. */
export interface VisitDraft {
  household: DocId
  date: DateText
  purpose: string
  presence: string
  companions: string
  found: string
  promised: string
  nextOn: DateText | null
  /** Key of the visit this one corrects; it lies in the same year's journal. */
  corrects: string | null
  needs: NeedDraft[]
}

export function emptyVisit(household: DocId, today: DateText, purpose: string): VisitDraft {
  return {
    household,
    date: today,
    purpose,
    presence: '',
    companions: '',
    found: '',
    promised: '',
    nextOn: null,
    corrects: null,
    needs: [],
  }
}

/** A correction begins with what it corrects. */
export function correctionOf(visit: VisitRow): VisitDraft {
  return {
    ...emptyVisit(visit.household, visit.date, visit.purpose),
    presence: visit.presence,
    found: visit.found,
    promised: visit.promised,
    nextOn: visit.nextOn,
    corrects: visit.key,
  }
}

/** What keeps a visit from being saved, as a key of `records.visit.missing`. */
export function missingIn(draft: VisitDraft, today: DateText): 'found' | 'date' | 'need' | null {
  if (draft.date > today) return 'date'
  if (tidyText(draft.found) === '' && draft.presence === '') return 'found'
  return draft.needs.every(isRaisable) ? null : 'need'
}

/** Whether anything was typed or chosen that is worth keeping. */
export function isWorthKeeping(draft: VisitDraft): boolean {
  return (
    draft.found.trim() !== '' ||
    draft.promised.trim() !== '' ||
    draft.companions.trim() !== '' ||
    draft.presence !== '' ||
    draft.needs.length > 0
  )
}

/** The journal a visit of this day is kept in. */
export function journalOf(household: DocId, date: DateText): DocId {
  return `${household}.j${yearOf(date)}`
}

/** The edits of a visit: one entry of the year's journal, which its first visit makes, and its needs. */
export function visitEdits(draft: VisitDraft, doer: Doer): Edit[] {
  const value: Record<string, Scalar> = { date: draft.date }
  const put = (name: string, text: string | null) => {
    const tidy = tidyText(text ?? '')
    if (tidy !== '') value[name] = tidy
  }
  // A device that is not let in yet does not know whose it is; the server knows who signed.
  put('author', doer.person)
  put('purpose', draft.purpose)
  put('presence', draft.presence)
  put('companions', draft.companions)
  put('found', draft.found)
  put('promised', draft.promised)
  put('next_on', draft.nextOn)
  put('corrects', draft.corrects)
  const visit: Edit = { doc: journalOf(draft.household, draft.date), ops: [{ op: 'add', path: ['visits'], value }] }
  return [visit, ...draft.needs.map((need) => needEdit(draft.household, need, doer))]
}

/** A visit as it stands, with what it said before, newest first. */
export interface VisitThread {
  shown: VisitRow
  earlier: VisitRow[]
}

/** Visits with their corrections folded under them, newest day first. */
export function threadsOf(visits: readonly VisitRow[]): VisitThread[] {
  const id = (visit: VisitRow) => `${visit.doc}/${visit.key}`
  const byId = new Map(visits.map((visit) => [id(visit), visit]))
  const roots = new Map<string, VisitRow[]>()
  for (const visit of visits) {
    const root = id(rootOf(visit, byId))
    roots.set(root, [...(roots.get(root) ?? []), visit])
  }
  return [...roots.values()]
    .map((all): VisitThread => {
      // Positions in the list say which came later; a correction comes after what it corrects.
      const chain = [...all].sort((a, b) => depth(b, byId) - depth(a, byId) || visits.indexOf(a) - visits.indexOf(b))
      const [shown, ...earlier] = chain as [VisitRow, ...VisitRow[]]
      return { shown, earlier }
    })
    .sort((a, b) => b.shown.date.localeCompare(a.shown.date))
}

/** Corrections of corrections are followed this far; two that name each other would never end. */
const CHAIN_MAX = 20

function before(visit: VisitRow, byId: ReadonlyMap<string, VisitRow>): VisitRow | undefined {
  return visit.corrects === null ? undefined : byId.get(`${visit.doc}/${visit.corrects}`)
}

function rootOf(visit: VisitRow, byId: ReadonlyMap<string, VisitRow>): VisitRow {
  let at = visit
  for (let step = 0; step < CHAIN_MAX; step++) {
    const earlier = before(at, byId)
    if (!earlier) break
    at = earlier
  }
  return at
}

function depth(visit: VisitRow, byId: ReadonlyMap<string, VisitRow>): number {
  let steps = 0
  for (let at = before(visit, byId); at && steps < CHAIN_MAX; at = before(at, byId)) steps++
  return steps
}
