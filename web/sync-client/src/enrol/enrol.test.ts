import { expect, test } from 'vitest'
import { codeOf } from './enrol'

test('a code is taken out of a link, and typed ones are put into their form', () => {
  expect(codeOf('https://qiao.example/enrol#KTRM-WXBD')).toBe('KTRM-WXBD')
  expect(codeOf(' ktrm-wxbd ')).toBe('KTRM-WXBD')
  expect(codeOf('KTRMWXBD')).toBe('KTRMWXBD')
})
