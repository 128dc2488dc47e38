import { expect, test } from 'vitest'
import { csvOf } from './csv'

test('what a spreadsheet would run is only text', () => {
  const text = csvOf(['a'], [['=HYPERLINK("http://x")'], ['+1'], ['@SUM(A1)'], ['-1'], [-1]])
  expect(text).toBe('\uFEFFa\r\n"\'=HYPERLINK(""http://x"")"\r\n\'+1\r\n\'@SUM(A1)\r\n\'-1\r\n-1\r\n')
})

test('commas, quotes and lines stay inside their cell', () => {
  expect(csvOf(['x', 'y'], [['a,b', 'say "hi"\nthere']])).toBe('\uFEFFx,y\r\n"a,b","say ""hi""\nthere"\r\n')
})
