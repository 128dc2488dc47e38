import { expect, test } from 'vitest'
import { complete, fitting } from './scope'

const levelOf = (place: string) => (place.startsWith('v') ? 'village' : place.startsWith('t') ? 'township' : undefined)

test('a change of role takes away the places it cannot have', () => {
  expect(fitting({ role: 'township', places: ['v1', 't1', 't2'], unit: 'u1' }, levelOf)).toEqual({
    role: 'township',
    places: ['t1'],
    unit: null,
  })
  expect(fitting({ role: 'unit', places: ['v1'], unit: 'u1' }, levelOf).places).toEqual([])
})

test('a form can be sent once its role has what it needs', () => {
  expect(complete({ role: null, places: [], unit: null })).toBe(false)
  expect(complete({ role: 'team', places: [], unit: null })).toBe(false)
  expect(complete({ role: 'team', places: ['v1'], unit: null })).toBe(true)
  expect(complete({ role: 'unit', places: [], unit: null })).toBe(false)
  expect(complete({ role: 'admin', places: [], unit: null })).toBe(true)
})
