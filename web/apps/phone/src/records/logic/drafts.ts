/** Names of drafts, and the screen each leads back to. */
import type { DocId } from '@qiao/sync-client'

export const NEW_HOUSEHOLD_DRAFT = 'household-new'

/** The household a journal, need, card, application, case or plan is named after; of anything else its own name. */
export function householdOf(doc: DocId): DocId {
  return doc.replace(/\.(j\d{4}|n[0-9a-z]+|[amp][0-9a-z]{5}\d+|card)$/, '')
}

/** The draft of a visit to a household, or of the correction of one. */
export function visitDraftKey(household: DocId, corrects: string | null): string {
  return corrects === null ? `visit:${household}` : `visit:${household}:${corrects}`
}

/** A visit written down before its household is known to this phone; told apart by when it was begun. */
export function laterDraftKey(begunMs: string): string {
  return `later:${begunMs}`
}

/** The draft of a need raised by itself. */
export function needDraftKey(household: DocId): string {
  return `need:${household}`
}

/** The draft of what a deed about a need asks. */
export function deedDraftKey(need: DocId, deed: string): string {
  return `deed:${need}:${deed}`
}

/** The draft of a form over part of a document. */
export function formDraftKey(doc: DocId, path: readonly string[]): string {
  return ['form', doc, ...path].join(':')
}

/** The draft of an event of an application or a case, or of the correction of one. */
export function eventDraftKey(doc: DocId, sort: string, corrects: string | null): string {
  return corrects === null ? `event:${doc}:${sort}` : `event:${doc}:${sort}:${corrects}`
}

/** Drafts of what is begun for a household: an application, a lead, a plan. */
export function applyDraftKey(household: DocId): string {
  return `apply:${household}`
}
export function leadDraftKey(household: DocId): string {
  return `lead:${household}`
}
export function planDraftKey(household: DocId): string {
  return `plan:${household}`
}

/** Where each of these is taken up again. */
const BEGUN: Record<string, string> = { apply: '/work/apply', lead: '/work/lead', plan: '/work/plans/new' }

export interface DraftRoute {
  what: 'visit' | 'later' | 'need' | 'deed' | 'household' | 'edit' | 'event' | 'apply' | 'lead' | 'plan'
  household: DocId | null
  to: string
}

/** Where a draft is taken up again; null for what is not of these screens. */
export function routeOfDraft(key: string): DraftRoute | null {
  const [sort, id = '', ...rest] = key.split(':')
  const doc = encodeURIComponent(id)
  if (key === NEW_HOUSEHOLD_DRAFT) return { what: 'household', household: null, to: '/households/new' }
  if (sort === 'visit' && id) {
    const corrects = rest[0] ? `&corrects=${encodeURIComponent(rest[0])}` : ''
    return { what: 'visit', household: id, to: `/visit/new?household=${doc}${corrects}` }
  }
  if (sort === 'later' && id) return { what: 'later', household: null, to: `/visit/new?later=${doc}` }
  if (sort === 'need' && id) return { what: 'need', household: id, to: `/needs/new?household=${doc}` }
  if (sort === 'deed' && id && rest[0])
    return { what: 'deed', household: householdOf(id), to: `/needs/${doc}?deed=${encodeURIComponent(rest[0])}` }
  if (sort === 'event' && id && rest[0]) {
    const corrects = rest[1] ? `?corrects=${encodeURIComponent(rest[1])}` : ''
    return { what: 'event', household: householdOf(id), to: `/work/${doc}/${encodeURIComponent(rest[0])}${corrects}` }
  }
  if ((sort === 'apply' || sort === 'lead' || sort === 'plan') && id)
    return { what: sort, household: id, to: `${BEGUN[sort]}?household=${doc}` }
  if (sort === 'form' && id) return formRoute(id, rest)
  return null
}

function formRoute(id: DocId, [container, entry]: string[]): DraftRoute {
  const doc = encodeURIComponent(id)
  const household = householdOf(id)
  if (/\.p[0-9a-z]{5}\d+$/.test(id)) return { what: 'plan', household, to: `/work/plans/${doc}/${container}` }
  const to =
    household !== id
      ? `/needs/${doc}/edit`
      : container === undefined
        ? `/households/${doc}/edit`
        : entry === undefined
          ? `/households/${doc}/${container}`
          : `/households/${doc}/${container}/${encodeURIComponent(entry)}`
  return { what: 'edit', household, to }
}
