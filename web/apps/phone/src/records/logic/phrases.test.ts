import { expect, it } from 'vitest'
import { withPhrase } from './phrases'

it('a phrase joins what is there as a sentence would', () => {
  expect(withPhrase('', 0, '饮水正常')).toEqual({ text: '饮水正常', caret: 4 })
  expect(withPhrase('老人在家', 4, '饮水正常')).toEqual({ text: '老人在家，饮水正常', caret: 9 })
  expect(withPhrase('老人在家。', 5, '饮水正常').text).toBe('老人在家。饮水正常')
  expect(withPhrase('At home', 7, 'water is fine').text).toBe('At home water is fine')
})

it('goes in where the caret is', () => {
  expect(withPhrase('老人在家。其他无。', 5, '饮水正常。')).toEqual({ text: '老人在家。饮水正常。其他无。', caret: 10 })
})
