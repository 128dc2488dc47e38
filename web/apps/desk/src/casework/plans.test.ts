import { expect, test } from 'vitest'
import { measuresOf } from './plans'
import { saidBefore } from './said'
import { clocksOf, countyMustVisit } from './standing'

test('a measure is open until it is done, and late once its day is over', () => {
  const doc = {
    value: {
      measures: {
        a1: { measure: '产业帮扶', text: '种苗', planned_on: '2026-10-01' },
        a2: { measure: '就业帮扶', text: '公益岗', planned_on: '2026-12-01' },
      },
      results: { b1: { measure: 'a2', state: 'done', text: '已上岗' } },
    },
  }
  expect(measuresOf(doc, '2026-11-23').map(({ key, open, late }) => [key, open, late])).toEqual([
    ['a1', true, true],
    ['a2', false, false],
  ])
})

test('a corrected measure is not shown twice and keeps its results', () => {
  const doc = {
    value: {
      measures: { a1: { text: '猪' }, a2: { text: '鸡', corrects: 'a1' } },
      results: { b1: { measure: 'a1', state: 'started' } },
    },
  }
  expect(measuresOf(doc, '2026-11-23')).toMatchObject([{ key: 'a2', results: [{ state: 'started' }] }])
})

test('a form begins with what the case has said last, and not with the income that was declared', () => {
  const doc = {
    value: {
      applicant: '王秀兰',
      declared: { members_count: 3, income_yuan: 9000 },
      events: { e1: { event: 'opinion', amount_yuan: 1500 }, e2: { event: 'county_visit', members_count: 2 } },
    },
  }
  expect(saidBefore(doc)).toEqual({ applicant: '王秀兰', members_count: 2, amount_yuan: 1500 })
})

const step = (event: string, why: string | null = null) => ({ event, why }) as never

test('a near relative or a complaint sends the county to the household, once', () => {
  const at = (...steps: never[]) => countyMustVisit({ state: 'county_review', steps })
  expect(at(step('accept'), step('kinship'), step('send_county'))).toBe('kinship')
  expect(at(step('objection'), step('send_county'))).toBe('objection')
  expect(at(step('kinship', 'not_now'), step('send_county'))).toBeNull()
  expect(at(step('kinship'), step('send_county'), step('county_visit'))).toBeNull()
  expect(at(step('kinship'), step('send_county'), step('county_visit'), step('send_back'), step('send_county'))).toBe(
    'kinship',
  )
})

test('what is late stands before what is near, and what has stopped is left out', () => {
  const clock = (status: string, dueMs: number) => ({ status, dueMs }) as never
  const clocks = [clock('met', 1), clock('running', 2), clock('overdue', 9), clock('warning', 5)]
  expect(clocksOf({ clocks }).map((one) => one.status)).toEqual(['overdue', 'warning', 'running'])
})
