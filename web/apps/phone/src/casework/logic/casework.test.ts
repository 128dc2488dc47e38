import { describe, expect, it } from 'vitest'
import { countsOf, daysOf, leavesOf, monthBeside } from './attendance'
import { materialOf } from './material'
import { measuresOf } from './plan'

describe('a month of attendance', () => {
  it('has every day, with the last mark of it', () => {
    const days = daysOf(2026, 2, {
      abcde9: { date: '2026-02-03', state: 'present' },
      abcde10: { date: '2026-02-03', state: 'trip', note: '县里开会' },
      abcde11: { date: '2026-02-04', state: 'something_later' },
    })
    expect(days).toHaveLength(28)
    expect(days[2]).toEqual({ date: '2026-02-03', day: 3, weekday: 1, state: 'trip', note: '县里开会' })
    expect(days[3]?.state).toBeNull()
    expect(daysOf(2028, 2, {})).toHaveLength(29)
  })

  it('counts trips and training as duty, rest and leave not', () => {
    const marks = Object.fromEntries(
      ['present', 'trip', 'training', 'leave', 'rest'].map((state, at) => [
        `k${at}`,
        { date: `2026-03-0${at + 1}`, state },
      ]),
    )
    expect(countsOf(daysOf(2026, 3, marks))).toMatchObject({ present: 1, leave: 1, rest: 1, onDuty: 3 })
  })

  it('goes over the year', () => {
    expect(monthBeside(2026, 12, 1)).toEqual({ year: 2027, month: 1 })
    expect(monthBeside(2026, 1, -1)).toEqual({ year: 2025, month: 12 })
  })
})

describe('requests for leave', () => {
  it('wait, and then say what was decided last and why', () => {
    const leaves = leavesOf(
      {
        k1: { from: '2026-03-01', until: '2026-03-02', reason: '家中有事' },
        k2: { from: '2026-03-09', until: '2026-03-15' },
      },
      { d1: { leave: 'k2', conclusion: 'passed_on' }, d2: { leave: 'k2', conclusion: 'refused', reason: '防汛' } },
    )
    expect(leaves.map(({ key, decision, why }) => [key, decision, why])).toEqual([
      ['k2', 'refused', '防汛'],
      ['k1', 'waiting', ''],
    ])
  })
})

describe('the list of missing material', () => {
  const step = (key: string, event: string, why: string | null = null) => ({ key, event, why, correctedBy: null })

  it('says what was asked once, and what came after it', () => {
    const steps = [
      step('a', 'submit'),
      step('b', 'material_list'),
      step('c', 'material_list', 'missing'),
      step('d', 'material_supplied'),
    ]
    const entries = { b: { items: '户口簿复印件；收入证明\n诊断书' }, c: { items: '再来一份' }, d: { text: '户口簿' } }
    expect(materialOf(steps, entries)).toEqual({
      asked: ['户口簿复印件', '收入证明', '诊断书'],
      supplied: [{ key: 'd', text: '户口簿', files: '' }],
    })
    expect(materialOf([step('a', 'submit')], {})).toBeNull()
  })
})

describe('a plan', () => {
  it('shows the measures that stand, each with its last word', () => {
    const found = measuresOf(
      { m1: { text: '养牛' }, m2: { text: '养牛三头', corrects: 'm1' }, m3: { text: '务工' } },
      { r1: { measure: 'm3', state: 'started' }, r2: { measure: 'm3', state: 'done' } },
    )
    expect(found.map(({ key, state, results }) => [key, state, results.length])).toEqual([
      ['m2', '', 0],
      ['m3', 'done', 2],
    ])
  })
})
