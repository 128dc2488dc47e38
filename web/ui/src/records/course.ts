/** The course of a need as it can be read from its document: who did or said what, on which day. */
import type { DateText, Scalar } from '@qiao/sync-client'
import { needState } from './need'

export type CourseStep =
  | { what: 'raised' | 'assigned' | 'confirmed' | 'closed'; on: DateText; by: string; unit: string; text: string }
  | { what: 'response' | 'result' | 'handed_back' | 'reopened'; on: DateText; by: string; unit: string; text: string }

/** Steps in the order of their days; what has no day of its own stands where its state puts it, at the end. */
export function courseOf(value: Record<string, unknown>): CourseStep[] {
  const text = (name: string): string => (typeof value[name] === 'string' ? (value[name] as string) : '')
  const steps: CourseStep[] = []
  const add = (what: CourseStep['what'], on: string, by = '', unit = '', said = '') =>
    steps.push({ what, on, by, unit, text: said })
  add('raised', text('raised_on'), text('raised_by'), '', '')
  for (const entry of responsesOf(value['responses'])) {
    const of = (name: string) => (typeof entry[name] === 'string' ? entry[name] : '')
    add('response', of('at'), of('by'), of('unit'), of('text'))
  }
  if (text('result')) add('result', text('result_on'), '', text('unit'), text('result'))
  if (text('confirmed_on')) add('confirmed', text('confirmed_on'), text('confirmed_by'))
  if (text('closed_on')) add('closed', text('closed_on'), '', '', text('closing_note'))
  steps.sort((a, b) => a.on.localeCompare(b.on))
  const state = needState(value['state'])
  // These have no day in the document; they are the last word while their state holds.
  if (state === 'handed_back') add('handed_back', '', '', text('unit'), text('handed_back_reason'))
  if (state === 'reopened') add('reopened', '', '', '', text('reopened_reason'))
  if (text('unit') && (state === 'assigned' || state === 'accepted' || state === 'in_progress'))
    add('assigned', '', '', text('unit'))
  return steps
}

function responsesOf(entries: unknown): Record<string, Scalar>[] {
  return typeof entries === 'object' && entries !== null
    ? Object.values(entries as Record<string, Record<string, Scalar>>)
    : []
}
