/**
 * What the desks add to the shared forms of events: what a form begins with, what can be left out only if something else
 * is there, and which events have a page of their own.
 */
import type { Scalar } from '@qiao/sync-client'
import { firstOfNextMonth } from './days'

/** What of this can be left out only if the other is there. */
export function lacksOneOf(sort: string, values: Record<string, Scalar | null>): readonly string[] {
  const is = (name: string): boolean => values[name] !== null && values[name] !== undefined && values[name] !== ''
  if (sort === 'aid_given' && !is('amount_yuan') && !is('items')) return ['amount_yuan', 'items']
  if (sort === 'survey_form' && values['family_signed'] !== true && !is('reason')) return ['family_signed', 'reason']
  return []
}

const CARRIED = new Set(['members_count', 'amount_yuan', 'applicant', 'monitoring_type', 'risk'])

/** What a form begins with: what the case has said before, and what follows from the day. */
export function startOf(sort: string, name: string, today: string, said: Record<string, Scalar>): Scalar | null {
  if (name === 'on') return today
  if (name === 'pay_from' && sort === 'approve') return firstOfNextMonth(today)
  return CARRIED.has(name) ? (said[name] ?? null) : null
}

/** Events that are written together with a document of their own. */
export const OWN_PAGE: ReadonlySet<string> = new Set(['notice_start', 'clear_notice_start', 'plan_made'])
