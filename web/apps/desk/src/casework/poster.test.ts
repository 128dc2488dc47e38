import { expect, test } from 'vitest'
import { linesOf } from './poster'

test('a line on a poster is no wider than the page, but for what closes a sentence, which begins none', () => {
  const lines = linesOf('公示期内如有异议，请反映。', 4, (text) => [...text].length)
  expect(lines.join('')).toBe('公示期内如有异议，请反映。')
  expect(lines.every((line) => [...line.replace(/[，。]$/, '')].length <= 4)).toBe(true)
  expect(lines.every((line) => !/^[，。]/.test(line))).toBe(true)
})
