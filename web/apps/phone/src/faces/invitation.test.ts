import { describe, expect, it } from 'vitest'
import { codeIn, codeLetters, showCode, strayCharacters } from './invitation'

describe('invitation codes', () => {
  it('are typed in any case, with or without the dash', () => {
    expect(codeLetters('ktrm-wxbd')).toBe('KTRMWXBD')
    expect(codeLetters('KTRM WXBDK')).toBe('KTRMWXBD')
    expect(showCode('KTRMW')).toBe('KTRM-W')
    expect(showCode('KTR')).toBe('KTR')
  })

  it('never contain vowels or digits, and say which were typed', () => {
    expect(strayCharacters('ktrm-wxbd')).toBe('')
    expect(strayCharacters('ATR0-O')).toBe('A0O')
  })

  it('are found in links, messages and alone', () => {
    expect(codeIn('https://qiao.example.cn/enrol#KTRM-WXBD')).toBe('KTRMWXBD')
    expect(codeIn('请打开 https://qiao.example.cn/enrol#KTRM-WXBD 登记')).toBe('KTRMWXBD')
    expect(codeIn(' ktrmwxbd ')).toBe('KTRMWXBD')
    expect(codeIn('https://example.cn/')).toBeNull()
    expect(codeIn('#AEIO-UAEI')).toBeNull()
  })
})
