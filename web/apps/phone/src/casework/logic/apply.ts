/** An application as it is written down in the village, and the edit it becomes. Pure. */
import type { DocId, Edit, Role, Scalar } from '@qiao/sync-client'
import { eventValue } from '@qiao/ui/casework'

export interface Application {
  procedure: string | null
  applicant: string | null
  title: string | null
  description: string | null
  declared: Record<string, Scalar | null>
  mandate: string | null
  authorised: boolean | null
  /** Signature and scans, as the field names them. */
  files: string | null
}

export const emptyApplication = (): Application => ({
  procedure: null,
  applicant: null,
  title: null,
  description: null,
  declared: {},
  mandate: null,
  authorised: null,
  files: null,
})

/** The one procedure that begins with a report: help comes first, paper after. */
const EMERGENCY = 'temporary_emergency'

/** How an application of this procedure is begun: by an emergency's report, or by being handed in. */
export function openingOf(procedure: string | null): 'emergency_reported' | 'submit' {
  return procedure === EMERGENCY ? 'emergency_reported' : 'submit'
}

/** What must be there; `handingIn` also for whom and with whose signature. */
export function lacksOf(said: Application, handingIn: boolean, role: Role): (keyof Application)[] {
  const lacks: (keyof Application)[] = []
  if (!said.procedure) lacks.push('procedure')
  if (!said.applicant?.trim()) lacks.push('applicant')
  if (!handingIn) return lacks
  if (openingOf(said.procedure) === 'emergency_reported') {
    if (!said.description?.trim()) lacks.push('description')
  } else {
    if (role === 'committee' && !said.mandate?.trim()) lacks.push('mandate')
    if (said.authorised !== true) lacks.push('authorised')
  }
  return lacks
}

function filled(record: Record<string, Scalar | null | undefined>): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(record).filter(
      (one): one is [string, Scalar] => one[1] !== null && one[1] !== undefined && one[1] !== '',
    ),
  )
}

/** The edit: a draft, or a draft with the event that hands it in. */
export function applicationEdit(
  household: DocId,
  said: Application,
  handingIn: boolean,
  by: { role: Role; today: string },
): Edit {
  const { procedure, applicant, title, description, declared, mandate, authorised, files } = said
  const opening = openingOf(procedure)
  const common = { procedure, applicant, files, on: by.today }
  const event =
    opening === 'emergency_reported'
      ? eventValue(opening, by.role, { ...common, text: description })
      : eventValue(opening, by.role, {
          ...common,
          authorised,
          mandate,
          by_proxy: by.role === 'committee' ? true : null,
        })
  const about = filled(declared)
  const value: Record<string, unknown> = {
    ...filled({ procedure, applicant, title, description, raised_on: by.today }),
    ...(Object.keys(about).length > 0 ? { declared: about } : {}),
    ...(handingIn ? { events: [event] } : {}),
  }
  return { new: 'application', household, value }
}
