/** A household being written down for the first time. */
import type { Edit } from '@qiao/sync-client'
import { type FormValues, recordOf } from './form'

/** The householder and the file, each by the names of their fields. */
export interface NewHousehold {
  village: string
  head: FormValues
  file: FormValues
}

/** Relation of the first member; an official term, stored as it is. */
const HOUSEHOLDER = '户主'

/** The edit that makes the file, with the householder as its first member. */
export function householdEdit({ village, head, file }: NewHousehold): Edit {
  const member = recordOf(head)
  const name = member['name']
  return {
    new: 'household',
    village,
    value: {
      ...recordOf(file),
      register_state: 'active',
      ...(name === undefined ? {} : { householder: name }),
      members: [{ ...member, relation: HOUSEHOLDER, living_together: true, on_register: true }],
    },
  }
}
