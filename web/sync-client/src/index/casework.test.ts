import { describe, expect, it } from 'vitest'
import type { Value } from '../api'
import type { FoldedCase } from '../engine/port'
import { isAged, keepCasework, standingOf } from './casework'
import { chosen } from './casework-list'
import { Index } from './index'
import { keep } from './kept'

const NOW_MS = Date.parse('2026-11-23T09:00:00')
const reader = { read: () => ({ whole: [], initials: [] }) }

function folded(changes: Partial<FoldedCase>): FoldedCase {
  return {
    procedure: 'minimum_living',
    zh: '最低生活保障',
    en: 'minimum living security',
    state: 'surveying',
    state_zh: '调查核对中',
    state_en: 'survey and check',
    holder: 'township',
    closed: false,
    opened_on: '2026-11-02',
    steps: [],
    clocks: [],
    next: [],
    grades: {},
    late_count: 0,
    provisional: false,
    ...changes,
  }
}

type Step = FoldedCase['steps'][number]
function step(key: string, event: string, from: string, to: string, why: Step['why'] = null, person = 'p1'): Step {
  const times = { claimed_s: 1, received_s: 2, missing: [], claimed_in_time: why !== null }
  return {
    ...times,
    key,
    event,
    zh: event,
    en: event,
    role: 'township',
    person,
    name: '',
    from,
    to,
    why,
    corrects: null,
    corrected_by: null,
  }
}

type Clock = FoldedCase['clocks'][number]
function clock(name: string, due: string, status: Clock['status']): Clock {
  return {
    clock: name,
    zh: name,
    en: name,
    holder: 'township',
    articles: [],
    limit: { working_days: 10 },
    started: '2026-11-02',
    due,
    due_s: Date.parse(`${due}T23:59:59`) / 1000,
    paused: 0,
    stopped: status === 'met' ? due : null,
    status,
    left: 1,
    announced: true,
  }
}

function application(id: string, standing: FoldedCase | null, value: Value = {}) {
  const source = { id, kind: 'application' as const, value, conflicts: 0, nowMs: NOW_MS }
  return keepCasework({ ...source, standing: standing && standingOf(standing) }, (names, other) =>
    [...names, ...other].join('\n'),
  )
}

describe('a row of casework', () => {
  it('says whose turn it is, what presses most, and who has done what in this state', () => {
    const kept = application(
      'h1.aabcde7',
      folded({
        steps: [
          step('s1', 'survey_start', 'accepted', 'surveying'),
          step('s2', 'survey_form', 'surveying', 'surveying', null, 'p7'),
          step('s3', 'accept', 'surveying', 'surveying', 'repeated'),
        ],
        clocks: [clock('whole', '2026-12-14', 'running'), clock('check_start', '2026-11-20', 'overdue')],
        next: [
          {
            event: 'opinion',
            zh: '',
            en: '',
            roles: ['township'],
            asks: [],
            missing: [{ zh: '', en: '', articles: [] }],
          },
          { event: 'survey_form', zh: '', en: '', roles: ['village_cadre', 'township'], asks: [], missing: [] },
        ],
      }),
      { events: { s1: { event: 'survey_start', investigator_1: 'p7', investigator_2: 'p8' } } },
    )
    expect(kept).toMatchObject({
      household: 'h1',
      holder: 'township',
      overdue: 1,
      notCounted: 1,
      late: 0,
      clock: { clock: 'check_start', limit: { unit: 'working_days', count: 10 } },
      since: [{ event: 'survey_form', person: 'p7' }],
      investigators: ['p7', 'p8'],
    })
    expect(kept.next.map((next) => next.event)).toEqual(['survey_form'])
  })

  it('is made anew on a new day while a clock runs, and not after the end', () => {
    const running = application('h1.aabcde1', folded({ clocks: [clock('whole', '2026-12-14', 'running')] }))
    expect(isAged(running, '2026-11-23')).toBe(false)
    expect(isAged(running, '2026-11-24')).toBe(true)
    expect(isAged({ ...running, closed: true }, '2026-11-24')).toBe(false)
  })

  it('counts the measures of a plan that nothing has ended, a replaced one not', () => {
    const value: Value = {
      measures: { m1: { text: 'a' }, m2: { text: 'b', corrects: 'm1' }, m3: { text: 'c' } },
      results: { r1: { measure: 'm3', state: 'done', on: '2026-11-01' } },
    }
    const kept = keepCasework(
      { id: 'h1.pabcde2', kind: 'plan', value, conflicts: 0, standing: null, nowMs: NOW_MS },
      () => '',
    )
    expect(kept.plan).toEqual({ unit: '', measures: 2, open: 1, lastOn: '2026-11-01' })
  })
})

describe('a list of casework', () => {
  it('shows what is late first, then what ends first, what stands still after it, what is closed last', () => {
    const rows = [
      application('a', folded({ closed: true })),
      application('b', folded({ clocks: [clock('whole', '2026-12-14', 'paused')] })),
      application('c', folded({ clocks: [clock('whole', '2026-12-10', 'running')] })),
      application('d', folded({ clocks: [clock('whole', '2026-11-20', 'overdue')] })),
      application('e', folded({})),
    ]
    const about = () => ({ village: '', found: '' })
    expect(chosen(rows, {}, about).map((row) => row.id)).toEqual(['d', 'c', 'b', 'e', 'a'])
    expect(chosen(rows, { show: 'done' }, about).map((row) => row.id)).toEqual(['a'])
  })

  it('names the household, and the applicant where no household is held', () => {
    const index = new Index(() => NOW_MS)
    const put = (id: string, kind: 'household' | 'application', value: Value) =>
      index.put(keep({ id, kind, value, conflicts: 0, loading: false, standing: null, nowMs: NOW_MS }, reader))
    put('h1', 'household', { householder: '沈清华', village: 'v1', group: 3 })
    put('h1.aabcde1', 'application', { household: 'h1', applicant: '沈小华' })
    put('h2.aabcde1', 'application', { household: 'h2', applicant: '龙玉兰' })
    const rows = index.casework({}, 0, 10).rows
    expect(rows.map(({ householder, village, group }) => ({ householder, village, group }))).toEqual([
      { householder: '龙玉兰', village: '', group: null },
      { householder: '沈清华', village: 'v1', group: 3 },
    ])
    expect(index.casework({ village: 'v1' }, 0, 10).total).toBe(1)
    expect(index.casework({ text: '沈清华' }, 0, 10).total).toBe(1)
    index.remove('h1.aabcde1')
    expect(index.casework({ household: 'h1' }, 0, 10).total).toBe(0)
  })
})
