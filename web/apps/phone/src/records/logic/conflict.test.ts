import { expect, it } from 'vitest'
import type { Conflict } from '@qiao/sync-client'
import { conflictKey, settleOp } from './conflict'

const side = { atMs: 0, person: 'p1', name: '陈志远', role: 'team' as const, mine: false }
const conflict: Conflict = {
  doc: 'h1',
  kind: 'household',
  title: '沈清华',
  path: ['members', 'k1', 'employment'],
  values: [
    { ...side, value: '省外务工' },
    { ...side, value: '务农', mine: true },
    { ...side, value: null },
  ],
}

it('keeping a value writes it, keeping an emptied one clears the field', () => {
  expect(settleOp(conflict, 0)).toEqual({ op: 'set', path: conflict.path, value: '省外务工' })
  expect(settleOp(conflict, 1)).toEqual({ op: 'set', path: conflict.path, value: '务农' })
  expect(settleOp(conflict, 2)).toEqual({ op: 'delete', path: conflict.path })
})

it('keeping a no is not clearing', () => {
  const values = [{ ...side, value: false }]
  expect(settleOp({ ...conflict, values }, 0)).toEqual({ op: 'set', path: conflict.path, value: false })
})

it('two fields of one document are two conflicts', () => {
  expect(conflictKey(conflict)).not.toBe(conflictKey({ ...conflict, path: ['phone'] }))
})
