import { describe, expect, it } from 'vitest'
import { asAttendance, attendanceId, checkId, householdOfName } from './casework'
import { kindOf } from './worker/words'

describe('names of casework', () => {
  it('tell village, month and person of a month of attendance, and back', () => {
    const id = attendanceId('522701001', 2026, 3, 'p12')
    expect(id).toBe('522701001.t202603.p12')
    expect(asAttendance(id)).toEqual({ village: '522701001', year: 2026, month: 3, person: 'p12' })
    expect(asAttendance('h1')).toBeNull()
  })

  it('tell kind and household', () => {
    const kinds = {
      'h1.aabcde1': 'application',
      'h1.mabcde2': 'case',
      'h1.pabcde3': 'plan',
      'v1.oabcde4': 'notice',
      'v1.t202611.p1': 'attendance',
      'h1.aabcde1.check': 'check',
      'h1.nabcde5': 'need',
      'h1.j2026': 'journal',
      h1: 'household',
    }
    for (const [id, kind] of Object.entries(kinds)) expect(kindOf(id), id).toBe(kind)
    expect(checkId('h1.aabcde1')).toBe('h1.aabcde1.check')
    for (const id of ['h1.aabcde1', 'h1.aabcde1.check', 'h1.mabcde2', 'h1.j2026', 'h1'])
      expect(householdOfName(id), id).toBe('h1')
  })
})
