import { expect, test } from 'vitest'
import { newPassword } from './password'

test('a password is four groups of four, and no two are alike', () => {
  const some = new Set(Array.from({ length: 200 }, () => newPassword()))
  expect(some.size).toBe(200)
  for (const one of some) expect(one).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/)
})

test('bytes that would favour some letters are left out', () => {
  const bytes = [255, 250, 0, 1, 2, 3]
  expect(newPassword(() => new Uint8Array(bytes)).slice(0, 4)).toBe('abcd')
})
