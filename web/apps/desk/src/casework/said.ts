/** What a case has said so far: the fields of its draft and of its events, the later standing for the earlier. Pure. */
import type { Doc, Entries, Scalar } from '@qiao/sync-client'

/** The entries of a container; empty where there is none. */
export function entriesIn(doc: Pick<Doc, 'value'> | null | undefined, name: string): Entries {
  const found = doc?.value[name]
  return typeof found === 'object' ? (found as Entries) : {}
}

export function textIn(doc: Pick<Doc, 'value'> | null | undefined, name: string): string {
  const value = doc?.value[name]
  return typeof value === 'string' ? value : ''
}

/** Keys of entries count up on each device, so longer is later. */
export function inKeyOrder(entries: Entries): [string, Record<string, Scalar>][] {
  return Object.entries(entries).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
}

const CARRIED = ['applicant', 'members_count', 'amount_yuan', 'monitoring_type', 'risk'] as const

/** What a later form begins with. Money is carried from opinions and decisions, never from what was declared. */
export function saidBefore(doc: Pick<Doc, 'value'>): Record<string, Scalar> {
  const found: Record<string, Scalar> = {}
  const applicant = textIn(doc, 'applicant')
  if (applicant) found['applicant'] = applicant
  const declared = doc.value['declared'] as Record<string, Scalar> | undefined
  if (typeof declared?.['members_count'] === 'number') found['members_count'] = declared['members_count']
  for (const [, event] of inKeyOrder(entriesIn(doc, 'events')))
    for (const name of CARRIED) if (event[name] !== undefined) found[name] = event[name] as Scalar
  return found
}
