// Writes src/index/pinyin-table.ts: the usual reading of every common character, without tones. Run after a change of
// pinyin-pro: `node scripts/pinyin-table.mjs`.
import { writeFileSync } from 'node:fs'
import { pinyin } from 'pinyin-pro'

const FIRST = 0x4e00
const LAST = 0x9fa5
const readings = []
for (let code = FIRST; code <= LAST; code++) {
  const read = pinyin(String.fromCodePoint(code), { toneType: 'none', type: 'array', v: true })[0] ?? ''
  readings.push(/^[a-z]+$/.test(read) ? read : '')
}
const syllables = [...new Set(readings)].sort()
// Two printable characters a reading, none of which needs escaping in single quotes.
const digits = [...Array(94)]
  .map((_, index) => String.fromCharCode(33 + index))
  .filter((char) => char !== "'" && char !== '\\')
const base = digits.length
const body = readings.map((read) => {
  const index = syllables.indexOf(read)
  return digits[Math.floor(index / base)] + digits[index % base]
})
writeFileSync(
  new URL('../src/index/pinyin-table.ts', import.meta.url),
  `// Made by scripts/pinyin-table.mjs; not to be edited.
// prettier-ignore
export const SYLLABLES = '${syllables.join(' ')}'
// prettier-ignore
export const DIGITS = '${digits.join('')}'
// prettier-ignore
export const READINGS = '${body.join('')}'
`,
)
