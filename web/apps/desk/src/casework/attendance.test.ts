import { expect, test } from 'vitest'
import { leavesOf, sumsOf } from './attendance'

const doc = {
  value: {
    marks: {
      m1: { date: '2026-11-01', state: 'present' },
      m2: { date: '2026-11-02', state: 'present' },
      m3: { date: '2026-11-02', state: 'trip' },
      m4: { date: '2026-10-31', state: 'present' },
    },
    leaves: {
      l1: { from: '2026-11-29', until: '2026-12-01', reason: '家事' },
      l2: { from: '2026-11-05', until: '2026-11-05' },
    },
    decisions: {
      d1: { leave: 'l1', conclusion: 'refused', reason: '缺人' },
      d2: { leave: 'l1', conclusion: 'granted' },
    },
  },
}

test('a later mark stands for the earlier one, and trips count as duty', () => {
  expect(sumsOf(doc, '2026-11')).toMatchObject({ present: 1, trip: 1, inDuty: 2, unmarked: 28, confirmed: null })
})

test('the last confirmation of a month holds', () => {
  const confirmed = { value: { ...doc.value, confirmations: { c1: { days_count: 20 }, c2: { days_count: 21 } } } }
  expect(sumsOf(confirmed, '2026-11').confirmed).toBe(21)
})

test('leave counts both days, over the end of a month, and the last decision holds', () => {
  expect(leavesOf(doc)).toMatchObject([
    { key: 'l1', days: 3, decision: 'granted' },
    { key: 'l2', days: 1, decision: null },
  ])
})
