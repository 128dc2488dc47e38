import { expect, test } from 'vitest'
import { WANT_ALL, alarms, filtered, silentFor, type Device } from './health'

const DAY = 24 * 3600_000
const now = 1_800_000_000_000

function device(change: Partial<Device> & { unsent?: number; ageS?: number; heardDays?: number }): Device {
  const { unsent = 0, ageS = 0, heardDays = 0, ...rest } = change
  return {
    no: 7,
    device_id: 'ab'.repeat(16),
    name: '李敏的手机',
    model: 'Redmi 9A',
    person: 'p1',
    person_name: '李敏',
    role: 'team',
    places: ['v1'],
    status: 'active',
    status_reason: '',
    check_words: [],
    desk: false,
    grant_version: 1,
    grant_expires_ms: now + 100 * DAY,
    offline_grace_hours: 336,
    created_ms: now - 30 * DAY,
    decided_ms: now - 30 * DAY,
    health: {
      last_seen_ms: now - heardDays * DAY,
      live: false,
      app_version: '0.1.0',
      clock_skew_ms: 0,
      unsent,
      unsent_age_s: ageS,
      storage_left_mib: 4_000,
    },
    ...rest,
  }
}

test('a phone in use has no alarm', () => {
  expect(alarms(device({ heardDays: 1, unsent: 4, ageS: 3600 }), now)).toEqual([])
})

test('three days without contact is silence, counted from being let in where there was none', () => {
  expect(silentFor(device({ heardDays: 3 }), now, 3)).toBe(true)
  expect(silentFor(device({ heardDays: 2.9 }), now, 3)).toBe(false)
  expect(alarms(device({ health: null }), now)).toEqual(['silent'])
  expect(alarms(device({ health: null, decided_ms: now - DAY }), now)).toEqual(['never'])
})

test('old unsent work, an ending grant, a full phone and a wrong clock are said', () => {
  const worn = device({ unsent: 9, ageS: 3 * 24 * 3600, grant_expires_ms: now + DAY })
  if (worn.health) worn.health = { ...worn.health, storage_left_mib: 50, clock_skew_ms: -3_600_000 }
  expect(alarms(worn, now)).toEqual(['unsent', 'ending', 'storage', 'skew'])
  expect(alarms({ ...worn, status: 'revoked' }, now)).toEqual([])
})

test('the list leaves out ended devices and desks until they are asked for', () => {
  const some = [device({ no: 1 }), device({ no: 2, status: 'revoked' }), device({ no: 3, desk: true })]
  const numbers = (change: object) => filtered(some, { ...WANT_ALL, ...change }, null, now).map((one) => one.no)
  expect(numbers({})).toEqual([1])
  expect(numbers({ status: 'revoked' })).toEqual([2])
  expect(numbers({ only: 'desk' })).toEqual([3])
})

test('who needs help stands first, and text finds people, phones and identities', () => {
  const some = [device({ no: 1, heardDays: 1 }), device({ no: 2, heardDays: 5, person_name: '王强' })]
  expect(filtered(some, WANT_ALL, null, now).map((one) => one.no)).toEqual([2, 1])
  expect(filtered(some, { ...WANT_ALL, text: '王' }, null, now).map((one) => one.no)).toEqual([2])
  expect(filtered(some, { ...WANT_ALL, only: 'silent' }, null, now).map((one) => one.no)).toEqual([2])
  expect(filtered(some, WANT_ALL, new Set(['v9']), now)).toEqual([])
})
