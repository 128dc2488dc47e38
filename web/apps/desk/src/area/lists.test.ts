import { expect, it } from 'vitest'
import { fromQuery, listOf, toQuery } from './lists'

it('a number leads to the list behind it, narrowed down as the server said', () => {
  expect(listOf({ to: 'needs', filter: { overdue: true } }, true)).toEqual({
    name: 'needs',
    query: { only: 'overdue' },
  })
  expect(listOf({ to: 'needs', filter: { waiting: 'unassigned' } }, true)).toEqual({
    name: 'needs',
    query: { waiting: 'unassigned' },
  })
  expect(listOf({ to: 'needs', filter: { place: 'v1', open: true } }, true, true)).toEqual({
    name: 'needs',
    query: { village: 'v1' },
  })
  expect(listOf({ to: 'needs', filter: {} }, false), 'a county has no board').toBeNull()
  expect(listOf({ to: 'places', filter: { place: 't1', silent: true } }, true)).toEqual({
    name: 'overview',
    params: { place: 't1' },
    query: { only: 'silent' },
  })
})

it('a filter survives its way through an address, and what somebody typed never gets into one', () => {
  const filter = { not_visited_days: 90, gap: ['water', 'housing'], monitored: true, place: 'v1', q: '张三' }
  const query = toQuery(filter)
  expect(query).not.toHaveProperty('q')
  expect(fromQuery(query)).toEqual({ not_visited_days: 90, gap: ['water', 'housing'], monitored: true, place: 'v1' })
  expect(fromQuery({ not_visited_days: 'x', q: '张三', other: '1' })).toEqual({})
})
