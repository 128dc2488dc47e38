import { expect, it } from 'vitest'
import { householdEdit } from './household'

it('a new household has its householder as the first member, and nothing that was left empty', () => {
  const edit = householdEdit({
    village: 'v1',
    head: { name: '沈清华', sex: null, id_number: '530190195704110016' },
    file: { group: 3, phone: null, household_type: '一般户' },
  })
  expect(edit).toEqual({
    new: 'household',
    village: 'v1',
    value: {
      householder: '沈清华',
      group: 3,
      household_type: '一般户',
      register_state: 'active',
      members: [
        { name: '沈清华', id_number: '530190195704110016', relation: '户主', living_together: true, on_register: true },
      ],
    },
  })
})
