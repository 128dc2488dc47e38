import { expect, test } from 'vitest'
import { arrived, likely, replaced, type Device, type Pending } from './duplicates'

const device = (id: string, change: Partial<Device> = {}): Device => ({
  no: 1,
  device_id: id,
  name: '手机',
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
  grant_expires_ms: 0,
  offline_grace_hours: 336,
  created_ms: 0,
  ...change,
})
const pending = (change: Partial<Pending> = {}): Pending => ({
  ...device('new', { status: 'pending' }),
  hints: [],
  ...change,
})

test('what the invitation replaces comes before other devices of the person', () => {
  const devices = [device('a'), device('b', { model: 'Honor X5' })]
  const found = likely(
    pending({
      hints: [
        { kind: 'same_person', device_id: 'b' },
        { kind: 'same_model', device_id: 'a' },
        { kind: 'replaces', device_id: 'a' },
      ],
    }),
    devices,
    '李敏',
  )
  expect(found.map(({ device: { device_id }, why }) => [device_id, why])).toEqual([
    ['a', 'replaces'],
    ['b', 'same_person'],
  ])
  expect(replaced(found)?.device_id).toBe('a')
})

test('a walk-up is compared by name, whatever spaces were typed', () => {
  const walkUp = pending({ person: null, person_name: null, walk_up: { name: ' 李 敏', place: '青山村', note: '' } })
  const found = likely(walkUp, [device('a'), device('b', { person_name: '王强' })], '')
  expect(found.map(({ why }) => why)).toEqual(['same_name'])
  expect(replaced(found)).toBeNull()
})

test('desks and the newcomer itself are no duplicates', () => {
  expect(likely(pending(), [device('d', { desk: true }), device('new')], '李敏')).toEqual([])
})

test('only what was not there before has arrived, and nothing on the first look', () => {
  expect(arrived(undefined, [pending()])).toEqual([])
  expect(arrived([pending()], [pending(), pending({ device_id: 'x' })]).map((one) => one.device_id)).toEqual(['x'])
})
