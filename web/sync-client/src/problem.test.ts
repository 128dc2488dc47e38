import { expect, test } from 'vitest'
import { isOffline, isPassing, problem, problemOf, problemOfReply } from './problem'
import { StorageFull } from './store/database'

test('a reply is told in our own words where its code is known, and by its status otherwise', () => {
  const reasons = { rate_limited: { zh: '太频繁', en: 'too often' } }
  expect(problemOfReply(409, { code: 'code_used' }, 0, reasons).code).toBe('code_used')
  expect(problemOfReply(429, { code: 'rate_limited' }, 7, reasons)).toEqual({
    code: 'rate_limited',
    zh: '太频繁',
    en: 'too often',
    retryAfterS: 7,
  })
  expect(problemOfReply(502, '<html>', 0, reasons).code).toBe('server_failed')
  expect(problemOfReply(422, { code: 'something' }, 0, reasons).code).toBe('enrol_refused')
  expect(problemOfReply(404, null, 0, reasons).code).toBe('bad_answer')
})

test('no signal is ordinary; a wrong answer is not', () => {
  expect(isOffline(problem('unreachable'))).toBe(true)
  expect(isPassing(problem('server_failed'))).toBe(true)
  expect(isOffline(problem('bad_answer'))).toBe(false)
  expect(problemOf(new StorageFull('x')).code).toBe('storage_full')
  expect(problemOf(new Error('张三')).en).not.toContain('张三')
})
