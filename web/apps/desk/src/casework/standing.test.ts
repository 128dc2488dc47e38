import { expect, test } from 'vitest'
import { standingOf, type Folded } from './standing'

const folded: Folded = {
  procedure: 'minimum_living',
  zh: '最低生活保障',
  en: 'minimum living security',
  state: 'accepted',
  state_zh: '已受理',
  state_en: 'accepted',
  holder: 'township',
  closed: false,
  opened_on: '2026-11-20',
  steps: [
    {
      key: 'e1',
      event: 'accept',
      zh: '受理',
      en: 'accepted',
      role: 'township',
      person: 'p-sun',
      name: null,
      claimed_s: 1_790_000_000,
      received_s: null,
      from: 'submitted',
      to: 'accepted',
      why: null,
      missing: [],
      claimed_in_time: false,
      corrects: null,
      corrected_by: null,
    },
  ],
  clocks: [
    {
      clock: 'survey_start',
      zh: '启动入户调查',
      en: 'start of the survey',
      holder: 'township',
      articles: ['DB21 15'],
      limit: { working_days: 3 },
      started: '2026-11-20',
      due: '2026-11-25',
      due_s: 1_790_000_000,
      paused: 0,
      stopped: null,
      status: 'running',
      left: 2,
      announced: true,
    },
  ],
  next: [],
  grades: {},
  late_count: 0,
  provisional: false,
}

test('the server’s fold reads as the device’s: limits with their unit, moments in milliseconds, nobody unnamed', () => {
  const standing = standingOf(folded)
  expect(standing.clocks[0]?.limit).toEqual({ unit: 'working_days', count: 3 })
  expect(standing.clocks[0]?.dueMs).toBe(1_790_000_000_000)
  expect(standing.steps[0]).toMatchObject({ claimedMs: 1_790_000_000_000, receivedMs: null, personName: '' })
  expect(standing.stateName).toEqual({ zh: '已受理', en: 'accepted' })
})
