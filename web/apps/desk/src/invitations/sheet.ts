/** The first sheet of an XLSX file as cells, read in the browser: the list of names never leaves it as a file. */
import { ROWS_MAX } from './names'

/** Larger files are no list of names. */
export const BYTES_MAX = 2 * 1024 * 1024

export class SheetProblem extends Error {
  constructor(readonly code: 'too_large' | 'unreadable') {
    super(code)
  }
}

export async function readCells(file: File): Promise<string[][]> {
  if (file.size > BYTES_MAX) throw new SheetProblem('too_large')
  // Without a worker: the content policy allows none made of text, and lists are short.
  const { readSheet } = await import('read-excel-file/universal')
  try {
    const rows = await readSheet(file)
    return rows
      .slice(0, ROWS_MAX + 1)
      .map((row) => row.map((cell) => (cell === null || cell === undefined ? '' : String(cell).trim())))
      .filter((row) => row.some(Boolean))
  } catch {
    throw new SheetProblem('unreadable')
  }
}
