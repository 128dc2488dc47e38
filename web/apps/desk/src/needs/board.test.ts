import { expect, it } from 'vitest'
import type { NeedRow } from '@qiao/sync-client'
import { columnsOf, fits, inColumns, inOrder, isNew } from './board'

function need(id: string, state: string, rest: Partial<NeedRow> = {}): NeedRow {
  return {
    id,
    household: 'h1',
    householder: '沈清华',
    village: '上坪村',
    group: 1,
    title: id,
    category: '水利',
    urgency: 'normal',
    state,
    unit: 'u1',
    cadre: '',
    raisedOn: '2026-09-01',
    due: null,
    plannedOn: null,
    overdue: false,
    responses: 0,
    seen: [],
    mark: { at: 'server', sinceMs: null },
    conflicts: 0,
    ...rest,
  }
}

it('every need that is not done and not handed back stands in exactly one column of a unit', () => {
  const states = ['assigned', 'accepted', 'in_progress', 'answered', 'reopened']
  const shown = inColumns(
    states.map((state) => need(state, state)),
    'unit',
  )
  expect(shown.map(({ column, rows }) => [column.key, rows.map((row) => row.id)])).toEqual([
    ['new', ['assigned', 'reopened']],
    ['accepted', ['accepted']],
    ['in_progress', ['in_progress']],
    ['answered', ['answered']],
  ])
})

it('a township sees first what no unit has', () => {
  expect(columnsOf('township')[0]?.states).toEqual(['open', 'reopened', 'handed_back'])
  expect(isNew(need('a', 'handed_back'), 'township')).toBe(true)
  expect(isNew(need('a', 'handed_back'), 'unit')).toBe(false)
})

it('what is late comes first, then the urgent, then what is due sooner', () => {
  const rows = [
    need('later', 'assigned', { due: '2026-12-01' }),
    need('sooner', 'assigned', { due: '2026-11-01' }),
    need('urgent', 'assigned', { urgency: 'urgent', due: '2027-01-01' }),
    need('late', 'assigned', { overdue: true, due: '2026-10-01' }),
  ]
  expect(inOrder(rows).map((row) => row.id)).toEqual(['late', 'urgent', 'sooner', 'later'])
})

it('narrowing down shows what is asked for, and what is done only when asked for', () => {
  const mine = need('a', 'accepted', { cadre: 'me', overdue: true })
  expect(fits(mine, 'mine', 'unit', 'me')).toBe(true)
  expect(fits(mine, 'mine', 'unit', 'other')).toBe(false)
  expect(fits(mine, 'overdue', 'unit', 'me')).toBe(true)
  const solved = need('b', 'solved')
  expect(fits(solved, 'all', 'unit', 'me')).toBe(false)
  expect(fits(solved, 'done', 'unit', 'me')).toBe(true)
  expect(fits(solved, 'all', 'township', 'me'), 'the township closes it').toBe(true)
})
