/** What the form of an event begins with, and what is written beside it. Pure. */
import type { Doc, Entries, Role, Scalar } from '@qiao/sync-client'
import type { FormValues } from '../../records/logic/form'
import { inKeyOrder } from './material'

function lastSaid(events: Entries, name: string): Scalar | null {
  return inKeyOrder(events).reduce<Scalar | null>((last, [, event]) => event[name] ?? last, null)
}

/** First values of a form: the day, and what the case has said before. */
export function beginningOf(
  names: readonly string[],
  doc: Pick<Doc, 'value'>,
  householder: string,
  today: string,
): FormValues {
  const events = (doc.value['events'] ?? {}) as Entries
  const applicant = doc.value['applicant'] ?? lastSaid(events, 'applicant') ?? householder
  return Object.fromEntries(
    names.map((name) => {
      if (name === 'on') return [name, today]
      if (name === 'applicant') return [name, typeof applicant === 'string' && applicant !== '' ? applicant : null]
      if (name === 'risk') return [name, lastSaid(events, 'risk')]
      return [name, null]
    }),
  )
}

/** What an event says that nobody types: what is applied for, and that a committee applies for somebody else. */
export function unspoken(sort: string, doc: Pick<Doc, 'value'>, role: Role): Record<string, Scalar> {
  if (sort !== 'submit' && sort !== 'emergency_reported') return {}
  const procedure = doc.value['procedure']
  return {
    ...(typeof procedure === 'string' ? { procedure } : {}),
    ...(sort === 'submit' && role === 'committee' ? { by_proxy: true } : {}),
  }
}

/** Of what can only be left out if another is given: the fields, while none of them is. */
export function lacksOneOf(sort: string, values: FormValues): readonly string[] {
  if (sort === 'survey_form' && values['family_signed'] !== true && !values['reason']) return ['reason']
  if (sort === 'aid_given' && !values['amount_yuan'] && !values['items']) return ['items']
  if (['submit', 'commitment'].includes(sort) && values['authorised'] !== true) return ['authorised']
  return []
}

/** The answer that a signature on the screen gives; null where nobody signs. */
export function signedField(sort: string): 'authorised' | 'family_signed' | null {
  if (sort === 'submit' || sort === 'commitment') return 'authorised'
  return sort === 'survey_form' ? 'family_signed' : null
}

/** A mandate is asked of whoever applies for somebody else. */
export function isRequired(name: string, required: boolean, role: Role): boolean {
  return name === 'mandate' ? role === 'committee' : required
}
