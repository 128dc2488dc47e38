import { expect, it } from 'vitest'
import type { NeedRow } from '@qiao/sync-client'
import { inParts, sorted } from './needs'

function need(id: string, state: string, rest: Partial<NeedRow> = {}): NeedRow {
  return {
    id,
    household: 'h1',
    householder: '沈清华',
    village: 'v1',
    group: 1,
    title: id,
    category: '水利',
    urgency: 'normal',
    state,
    unit: '',
    cadre: '',
    raisedOn: '2026-09-01',
    plannedOn: null,
    due: null,
    overdue: false,
    responses: 0,
    seen: [],
    mark: { at: 'phone' },
    conflicts: 0,
    ...rest,
  }
}

it('what waits for a word comes first, then what is late, then the urgent, then the oldest', () => {
  const all = [
    need('solved', 'solved'),
    need('newer', 'open', { raisedOn: '2026-10-01' }),
    need('older', 'open'),
    need('urgent', 'assigned', { urgency: 'urgent', raisedOn: '2026-11-01' }),
    need('late', 'in_progress', { overdue: true }),
    need('answered', 'answered', { overdue: true }),
  ]
  expect(sorted(all).map(({ id }) => id)).toEqual(['answered', 'late', 'urgent', 'older', 'newer', 'solved'])
  expect(inParts(all).map(({ part, rows }) => `${part} ${rows.length}`)).toEqual([
    'answered 1',
    'overdue 1',
    'open 3',
    'done 1',
  ])
})

it('what is settled is listed with the newest first', () => {
  const all = [need('a', 'closed', { raisedOn: '2024-01-01' }), need('b', 'solved', { raisedOn: '2026-01-01' })]
  expect(sorted(all).map(({ id }) => id)).toEqual(['b', 'a'])
})
