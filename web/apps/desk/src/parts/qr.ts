/** The dark modules of a code as one SVG path: runs of a row, each a rectangle. */
export function pathOfModules(size: number, dark: (row: number, column: number) => boolean, quiet: number): string {
  let path = ''
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!dark(row, column)) continue
      const from = column
      while (column + 1 < size && dark(row, column + 1)) column += 1
      path += `M${from + quiet} ${row + quiet}h${column - from + 1}v1H${from + quiet}z`
    }
  }
  return path
}
