import { expect, test } from 'vitest'
import { moveOfPerson } from './moving'
import type { Person } from '../data/directory'

const person: Person = {
  id: 'p1',
  name: '李敏',
  role: 'team',
  places: ['v1', 'v2'],
  active: true,
  created_ms: 0,
  updated_ms: 0,
}
const device = (status: string, unsent: number) => ({ person: 'p1', status, name: '手机', health: { unsent } }) as never
const parentOf = (place: string): string | null => (place.startsWith('v') ? 't1' : null)

test('the same role and places in another order are no move', () => {
  const move = moveOfPerson(person, { role: 'team', places: ['v2', 'v1'], unit: null }, [device('active', 1)], parentOf)
  expect(move).toEqual({ moved: false, devices: [], leaves: [], enters: [], unsent: 0 })
})

test('a move says which devices follow, what they lose and get, and what is still unsent', () => {
  const devices = [device('active', 3), device('revoked', 9)]
  const move = moveOfPerson(person, { role: 'team', places: ['v2', 'v3'], unit: null }, devices, parentOf)
  expect(move).toMatchObject({ moved: true, leaves: ['v1'], enters: ['v3'], unsent: 3 })
  expect(move.devices.length).toBe(1)
})

test('a township holds its villages: nothing is taken away', () => {
  const move = moveOfPerson(person, { role: 'township', places: ['t1'], unit: null }, [], parentOf)
  expect(move).toMatchObject({ leaves: [], enters: ['t1'] })
})
