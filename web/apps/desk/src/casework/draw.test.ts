import { expect, test } from 'vitest'
import { below, drawSome, shareOf } from './draw'
import { linesOf } from './poster'

test('thirty in a hundred of seven are three', () => {
  expect(shareOf(7, 30)).toBe(3)
  expect(shareOf(0, 30)).toBe(0)
  expect(shareOf(4, 100)).toBe(4)
})

test('a draw takes different ones, as many as were asked for, in their order', () => {
  expect(drawSome(['a', 'b', 'c', 'd'], 2, () => 0)).toEqual(['a', 'b'])
  expect(drawSome(['a', 'b', 'c', 'd'], 2, (n) => n - 1)).toEqual(['a', 'd'])
  expect(drawSome(['a', 'b'], 5, () => 0)).toEqual(['a', 'b'])
})

test('nobody is left out of chance for good', () => {
  const seen = new Set(Array.from({ length: 400 }, () => drawSome([1, 2, 3, 4], 1, below)[0]))
  expect([...seen].sort()).toEqual([1, 2, 3, 4])
})

test('a line on a poster is no wider than the page, and a full stop begins none', () => {
  const lines = linesOf('公示期内如有异议，请反映。', 4, (text) => [...text].length)
  expect(lines.join('')).toBe('公示期内如有异议，请反映。')
  expect(lines.every((line) => !/^[，。]/.test(line))).toBe(true)
})
