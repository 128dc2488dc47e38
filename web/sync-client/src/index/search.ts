/** Finding a row by what was typed: every word must occur in what the row is found by. */

/** Words of a query, lower case. */
export function words(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}

/**
 * How well `found` (lines, lower case) answers: 0 not at all, 2 when every word begins a line, 1 otherwise. Letters must
 * begin a line or stand in one that is no reading (`an` is in every second name); anything else may stand anywhere.
 */
export function match(found: string, words: string[]): 0 | 1 | 2 {
  let best: 1 | 2 = 2
  for (const word of words) {
    if (found.startsWith(word) || found.includes(`\n${word}`)) continue
    if (/^[a-z]{1,2}$/.test(word) || !found.includes(word)) return 0
    best = 1
  }
  return best
}
