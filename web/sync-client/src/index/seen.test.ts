import { expect, test } from 'vitest'
import type { EditOp, Me, Value } from '../api'
import { markOf, seenOf } from './seen'

const NOW_MS = 1_795_000_000_000
const me = (rest: Partial<Me>): Me => ({
  person: 'p1',
  name: '',
  role: 'unit',
  villages: [],
  unit: 'u1',
  grantExpiresMs: 0,
  deployment: '',
  device: '',
  ...rest,
})
const need = (...marks: (EditOp | null)[]): Value => ({
  unit: 'u1',
  seen: Object.fromEntries(marks.flatMap((mark, key) => (mark?.op === 'add' ? [[`k${key}`, mark.value]] : []))),
})

test('the assigned unit and the township leave a mark, nobody else', () => {
  expect(markOf(need(), me({}), NOW_MS)).toEqual({
    op: 'add',
    path: ['seen'],
    value: { by: 'p1', office: 'unit', unit: 'u1', at_s: NOW_MS / 1000 },
  })
  expect(markOf(need(), me({ role: 'township', unit: null }), NOW_MS)).toEqual({
    op: 'add',
    path: ['seen'],
    value: { by: 'p1', office: 'township', at_s: NOW_MS / 1000 },
  })
  expect(markOf(need(), me({ unit: 'u2' }), NOW_MS)).toBeNull()
  expect(markOf({}, me({ unit: null }), NOW_MS)).toBeNull()
  for (const role of ['team', 'committee', 'village_cadre', 'county'] as const)
    expect(markOf(need(), me({ role }), NOW_MS), role).toBeNull()
})

test('a person leaves one mark for their office, and colleagues their own', () => {
  const first = markOf(need(), me({}), NOW_MS)
  expect(markOf(need(first), me({}), NOW_MS + 1)).toBeNull()
  expect(markOf(need(first), me({ person: 'p2' }), NOW_MS)).not.toBeNull()
})

test('of each office the first is shown, in the order they looked', () => {
  const late = markOf(need(), me({ person: 'p2' }), NOW_MS + 5_000)
  const early = markOf(need(), me({}), NOW_MS + 3_000)
  const township = markOf(need(), me({ role: 'township', unit: null, person: 'p3' }), NOW_MS)
  expect(seenOf(need(late, early, township))).toEqual([
    { office: 'township', unit: '', person: 'p3', atMs: NOW_MS },
    { office: 'unit', unit: 'u1', person: 'p1', atMs: NOW_MS + 3_000 },
  ])
  expect(seenOf({ seen: { k: { office: 'ministry', by: 'p1' } } })).toEqual([])
})
