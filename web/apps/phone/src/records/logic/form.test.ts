import { describe, expect, it } from 'vitest'
import { entriesOf, rootFields } from './catalogue'
import { catalogue } from './fixture'
import { changedFields, follow, opsOf, problemsOf, recordOf, valuesOf } from './form'

const fields = rootFields(catalogue, 'household')
const record = {
  householder: '沈清华',
  phone: '15835003731',
  power: true,
  group: 3,
  members: { a: { name: '沈清华' } },
}

describe('a form', () => {
  it('writes only what was changed, and clears what was emptied', () => {
    const base = valuesOf(fields, record)
    const now = { ...base, phone: '13800000000', power: null, group: 3 }
    expect(opsOf([], { base, now })).toEqual([
      { op: 'set', path: ['phone'], value: '13800000000' },
      { op: 'delete', path: ['power'] },
    ])
    expect(opsOf([], { base, now: { ...base } })).toEqual([])
  })

  it('tells no from nobody has looked', () => {
    const base = { power: null }
    expect(opsOf(['guarantees'], { base, now: { power: false } })).toEqual([
      { op: 'set', path: ['guarantees', 'power'], value: false },
    ])
  })

  it('tells zero from nothing', () => {
    expect(changedFields({ base: { sum: null }, now: { sum: 0 } })).toEqual(['sum'])
    expect(recordOf({ sum: 0, text: null, no: false })).toEqual({ sum: 0, no: false })
  })

  it('follows the record where nothing was typed, and keeps what was', () => {
    const base = { householder: '沈清华', phone: '1', address: null }
    const typed = { base, now: { ...base, phone: '2' } }
    const { state, theirs } = follow(typed, { householder: '沈清花', phone: '3', address: '三组' })
    expect(state.now).toEqual({ householder: '沈清花', phone: '2', address: '三组' })
    expect(theirs).toEqual(['phone'])
    expect(opsOf([], state)).toEqual([{ op: 'set', path: ['phone'], value: '2' }])
  })

  it('writes nothing when somebody else wrote the same meanwhile', () => {
    const typed = { base: { phone: '1' }, now: { phone: '2' } }
    const { state } = follow(typed, { phone: '2' })
    expect(opsOf([], state)).toEqual([])
  })

  it('reports what was changed and is wrong, and leaves an old oddity alone', () => {
    const base = { ...valuesOf(fields, record), phone: '没有电话' }
    expect(problemsOf(fields, { base, now: { ...base } })).toEqual({})
    expect(problemsOf(fields, { base, now: { ...base, group: 1000 } })).toEqual({
      group: { code: 'too_large', limit: 999 },
    })
    expect(problemsOf(fields, { base, now: { ...base, householder: null } }, ['householder'])).toEqual({
      householder: { code: 'required' },
    })
  })

  it('does not clear what this role may only write', () => {
    const assistance = entriesOf(catalogue, 'household', 'assistance')?.fields ?? []
    const base = { measure: '鸡苗二十只', unit: null }
    expect(problemsOf(assistance, { base, now: { measure: null, unit: null } })).toEqual({
      measure: { code: 'not_clearable' },
    })
  })
})
