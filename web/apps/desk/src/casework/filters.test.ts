import { expect, test, vi } from 'vitest'

vi.mock('../session/session', () => ({ api: {} }))
vi.mock('../link/device', () => ({ onDocs: () => () => undefined }))
const { asBody, asQuery, clockFilterOf, fromAddress, isPreset, withClock } = await import('./filters')

test('an address holds only filters, and no words somebody typed', () => {
  expect(fromAddress({ clock: 'overdue', q: '王秀兰', village: ['a'], place: '530101', state: '' })).toEqual({
    clock: 'overdue',
    place: '530101',
  })
})

test('what is settled is shown only where it is asked for', () => {
  expect(asQuery({ holder: 'county' })).toEqual({ holder: 'county', closed: 'false' })
  expect(asQuery({ decided: 'true' })).toEqual({ decided: 'true' })
  expect(asQuery({ closed: 'true' })).toEqual({ closed: 'true' })
})

test('one way of standing in time takes the place of another', () => {
  expect(withClock({ closed: 'true', place: '1' }, 'due')).toEqual({ clock: 'due', place: '1' })
  expect(withClock({ clock: 'due' }, 'done')).toEqual({ closed: 'true' })
  expect(clockFilterOf({ closed: 'true' })).toBe('done')
  expect(clockFilterOf({ clock: 'warning' })).toBe('all')
})

test('a list that is asked for often is known again', () => {
  expect(isPreset({ named: 'recheck', clock: 'due' }, 'rechecks')).toBe(true)
  expect(isPreset({ named: 'recheck', clock: 'due', village: 'v' }, 'rechecks')).toBe(false)
})

test('a search says lists as lists and truths as truths', () => {
  expect(asBody({ state: 'notice,objected', kinship: 'true', place: '1' })).toEqual({
    state: ['notice', 'objected'],
    kinship: true,
    place: '1',
  })
})
