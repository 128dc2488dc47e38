import { expect, it } from 'vitest'
import { courseOf } from './course'

const raised = { raised_on: '2026-09-01', raised_by: 'p1' }

it('steps follow their days, whatever the order of the fields', () => {
  const course = courseOf({
    ...raised,
    state: 'solved',
    confirmed_on: '2026-11-20',
    confirmed_by: 'p2',
    result: '已通水',
    result_on: '2026-11-18',
    unit: 'u1',
    responses: {
      b: { at: '2026-10-09', by: 'p3', unit: 'u1', text: '材料已到' },
      a: { at: '2026-09-20', by: 'p3', text: '已看现场' },
    },
  })
  expect(course.map(({ what, on }) => `${on} ${what}`)).toEqual([
    '2026-09-01 raised',
    '2026-09-20 response',
    '2026-10-09 response',
    '2026-11-18 result',
    '2026-11-20 confirmed',
  ])
})

it('what has no day is the last word while its state holds', () => {
  expect(
    courseOf({ ...raised, state: 'handed_back', handed_back_reason: '不属本单位', unit: 'u1' }).at(-1),
  ).toMatchObject({
    what: 'handed_back',
    text: '不属本单位',
  })
  expect(courseOf({ ...raised, state: 'assigned', unit: 'u1' }).at(-1)).toMatchObject({ what: 'assigned', unit: 'u1' })
  expect(
    courseOf({ ...raised, state: 'assigned', handed_back_reason: '旧的', unit: 'u2' }).some(
      ({ what }) => what === 'handed_back',
    ),
  ).toBe(false)
})
