import { expect, test } from 'vitest'
import { pathOfModules } from './qr'

test('dark modules of a row become one rectangle, inside the quiet border', () => {
  const rows = ['##.', '..#', '...']
  expect(pathOfModules(3, (row, column) => rows[row]?.[column] === '#', 4)).toBe('M4 4h2v1H4zM6 5h1v1H6z')
})
