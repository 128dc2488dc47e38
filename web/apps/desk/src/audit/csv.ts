/** A table as CSV for a spreadsheet: quoted, and with nothing a spreadsheet would take for a formula. Pure. */

function cell(value: string | number): string {
  const text = String(value)
  // Excel and WPS run what begins so, although it is only text here.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows with a heading; begins with a byte order mark, without which Excel takes Chinese for Latin. */
export function csvOf(heading: string[], rows: (string | number)[][]): string {
  return `\uFEFF${[heading, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** Hands a text over as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
