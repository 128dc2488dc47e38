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

/** Who lives there, and the lines they are found by, as {@link keep} writes them: each name followed by its readings. */
interface Searched {
  found: string
  householder: string
  members: [name: string, idNumber: string][]
}

/** The member that a word points to, where it does not point to the householder or the household itself; or empty. */
export function foundBy({ found, householder, members }: Searched, words: string[]): string {
  const head = householder.toLowerCase()
  const names = new Map(members.map(([name]) => [name.toLowerCase(), name]))
  const owned: [line: string, owner: string][] = []
  let owner = head
  for (const line of found.split('\n')) {
    if (line === head || names.has(line)) owner = line
    else if (!/^[a-z]+$/.test(line)) owner = ownerOfTail(line, members)
    owned.push([line, owner])
  }
  for (const word of words) {
    const begun = owned.filter(([line]) => line.startsWith(word))
    const hits = begun.length > 0 ? begun : owned.filter(([line]) => line.includes(word))
    if (hits.some(([, of]) => of === '' || of === head)) continue
    const [first] = hits
    if (first) return names.get(first[1]) ?? ''
  }
  return ''
}

function ownerOfTail(line: string, members: Searched['members']): string {
  const owner = members.find(([, idNumber]) => idNumber !== '' && idNumber.toLowerCase().endsWith(line))
  return line === '' ? '' : (owner?.[0].toLowerCase() ?? '')
}
