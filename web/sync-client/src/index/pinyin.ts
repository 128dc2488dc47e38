/**
 * How Chinese names are read, without tones, for search. The table is loaded when a row is first made, not when the app
 * opens: rows keep what was made of it.
 */
import type * as Table from './pinyin-table'

const FIRST = 0x4e00

/** Surnames that are read otherwise than the character alone. */
const SURNAMES: Record<string, string> = {
  单: 'shan',
  曾: 'zeng',
  解: 'xie',
  仇: 'qiu',
  查: 'zha',
  区: 'ou',
  朴: 'piao',
  盖: 'ge',
  任: 'ren',
  乐: 'yue',
  种: 'chong',
  翟: 'zhai',
  缪: 'miao',
  折: 'she',
  华: 'hua',
  覃: 'qin',
  纪: 'ji',
  員: 'yun',
  员: 'yun',
  哈: 'ha',
  尉: 'yu',
  万: 'wan',
  长: 'zhang',
  召: 'shao',
  黑: 'he',
  繁: 'po',
  洗: 'xian',
  冼: 'xian',
  会: 'gui',
  秘: 'bi',
}

export interface Reader {
  /** Readings of a name: whole (`zhangsan`) and by initials (`zs`), each once. */
  read(name: string): { whole: string[]; initials: string[] }
}

let reader: Promise<Reader> | null = null

/** Reads nothing: a row that is found by its characters alone is better than an edit that is not saved. */
const NO_READER: Reader = { read: () => ({ whole: [], initials: [] }) }

export async function loadReader(): Promise<Reader> {
  reader ??= import('./pinyin-table').then(makeReader)
  try {
    return await reader
  } catch {
    // A table that could not be fetched may be there next time.
    reader = null
    return NO_READER
  }
}

export function makeReader(table: Pick<typeof Table, 'SYLLABLES' | 'DIGITS' | 'READINGS'>): Reader {
  const syllables = table.SYLLABLES.split(' ')
  const base = table.DIGITS.length
  const digit = new Map([...table.DIGITS].map((char, index) => [char, index]))
  const syllable = (char: string): string => {
    const at = ((char.codePointAt(0) ?? 0) - FIRST) * 2
    if (at < 0 || at >= table.READINGS.length) return /[a-z0-9]/i.test(char) ? char.toLowerCase() : ''
    const index = (digit.get(table.READINGS[at] ?? '') ?? 0) * base + (digit.get(table.READINGS[at + 1] ?? '') ?? 0)
    return syllables[index] ?? ''
  }
  return {
    read(name) {
      const parts = [...name].map(syllable).filter((part) => part !== '')
      const [first] = name
      const surname = first === undefined ? undefined : SURNAMES[first]
      const variants = surname !== undefined && surname !== parts[0] ? [parts, [surname, ...parts.slice(1)]] : [parts]
      return {
        whole: variants.map((parts) => parts.join('')),
        initials: [...new Set(variants.map((parts) => parts.map((part) => part[0]).join('')))],
      }
    },
  }
}
