import { describe, expect, it } from 'vitest'
import { addDays, ageOn, daysBetween, formatDay, formatMoment, formatSpan, isDay, relativeDay } from './dates'
import { checkCharacter, checkIdNumber, maskIdNumber, normaliseIdNumber, spaceIdNumber } from './id-number'
import { formatYuan, parseYuan } from './money'
import { checkPhone, formatPhone, maskPhone, normalisePhone, telephoneLink } from './phone-number'
import { formatBytes } from './size'

const NOW = '2026-11-23'

describe('days', () => {
  it('are written as on a Chinese calendar, with the year only where it is another', () => {
    expect(formatDay('2026-11-23', 'zh-CN', NOW)).toBe('11月23日 周一')
    expect(formatDay('2026-03-01', 'zh-CN', NOW)).toBe('3月1日 周日')
    expect(formatDay('2025-11-23', 'zh-CN', NOW)).toBe('2025年11月23日')
    expect(formatDay('2026-11-23', 'en', NOW)).toBe('Mon 23 Nov')
    expect(formatDay('2025-11-23', 'en', NOW)).toBe('23 Nov 2025')
  })

  it('that are none are shown as they stand', () => {
    expect(formatDay('2026-02-30', 'zh-CN', NOW)).toBe('2026-02-30')
    expect(formatDay('去年冬天', 'zh-CN', NOW)).toBe('去年冬天')
    expect(isDay('2024-02-29')).toBe(true)
    expect(isDay('2023-02-29')).toBe(false)
  })

  it('near today have names', () => {
    const named: [string, string, string][] = [
      ['2026-11-23', '今天', 'today'],
      ['2026-11-22', '昨天', 'yesterday'],
      ['2026-11-21', '前天', '2 days ago'],
      ['2026-11-24', '明天', 'tomorrow'],
      ['2026-11-25', '后天', 'in 2 days'],
      ['2026-11-13', '10天前', '10 days ago'],
      ['2026-08-20', '3个月前', '3 months ago'],
      ['2023-08-20', '3年前', '3 years ago'],
      ['2026-12-03', '10天后', 'in 10 days'],
    ]
    for (const [day, zh, en] of named) {
      expect(relativeDay(day, 'zh-CN', NOW)).toBe(zh)
      expect(relativeDay(day, 'en', NOW)).toBe(en)
    }
  })

  it('are counted across months, leap years and summer time', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(daysBetween('2026-03-01', '2026-11-01')).toBe(245)
    expect(daysBetween('2026-03-01', 'x')).toBeNull()
  })

  it('give an age', () => {
    expect(ageOn('1949-12-31', NOW)).toBe(76)
    expect(ageOn('1949-11-23', NOW)).toBe(77)
    expect(ageOn('', NOW)).toBeNull()
  })
})

describe('moments and spans', () => {
  it('of today show the clock alone', () => {
    const now = new Date(2026, 10, 23, 18, 0).getTime()
    expect(formatMoment(new Date(2026, 10, 23, 14, 5).getTime(), 'zh-CN', now)).toBe('14:05')
    expect(formatMoment(new Date(2026, 10, 22, 14, 5).getTime(), 'zh-CN', now)).toBe('昨天 14:05')
    expect(formatMoment(new Date(2026, 10, 20, 9, 5).getTime(), 'zh-CN', now)).toBe('11月20日 09:05')
    expect(formatMoment(new Date(2025, 10, 20, 9, 5).getTime(), 'en', now)).toBe('20 Nov 2025 09:05')
  })

  it('are rounded up while they are short, so that a wait is never said to be over too early', () => {
    expect(formatSpan(500)).toBe('1 秒')
    expect(formatSpan(61_000)).toBe('2 分钟')
    expect(formatSpan(3 * 86_400_000)).toBe('3 天')
    expect(formatSpan(60_000, 'en')).toBe('1 minute')
  })
})

describe('money', () => {
  it('is said in yuan, and in ten thousands from there on', () => {
    expect(formatYuan(0)).toBe('0 元')
    expect(formatYuan(3600)).toBe('3,600 元')
    expect(formatYuan(12500)).toBe('1.25 万元')
    expect(formatYuan(20000)).toBe('2 万元')
    expect(formatYuan(-12000)).toBe('-1.2 万元')
    expect(formatYuan(123456789)).toBe('12,345.68 万元')
    expect(formatYuan(12500, 'en')).toBe('¥12,500')
  })

  it('is understood as typed', () => {
    expect(parseYuan('3,600')).toBe(3600)
    expect(parseYuan(' 1.2万 ')).toBe(12000)
    expect(parseYuan('1.5万元')).toBe(15000)
    expect(parseYuan('-300 元')).toBe(-300)
    expect(parseYuan('')).toBeNull()
    expect(parseYuan('很多')).toBeNull()
  })
})

describe('identity numbers', () => {
  it('carry a check character, a birth date and a sex', () => {
    expect(checkCharacter('11010519491231002')).toBe('X')
    expect(checkIdNumber('11010519491231002x')).toMatchObject({
      ok: true,
      form: 'identity',
      birth: '1949-12-31',
      sex: '女',
    })
  })

  it('of disability certificates add a type, a level and how often issued again', () => {
    expect(checkIdNumber('11010519491231002X43')).toMatchObject({
      ok: true,
      form: 'disability',
      disabilityType: 4,
      disabilityLevel: 3,
    })
    expect(checkIdNumber('11010519491231002X43B1')).toMatchObject({ ok: true, form: 'disability_reissued' })
    expect(checkIdNumber('11010519491231002X83').problem).toBe('disability')
    expect(checkIdNumber('11010519491231002X4311').problem).toBe('reissue')
  })

  it('say what is wrong with them', () => {
    expect(checkIdNumber('110105194912310021').problem).toBe('checksum')
    expect(checkIdNumber('1101051949123100').problem).toBe('length')
    expect(checkIdNumber('11010519491331002X').problem).toBe('birth')
    expect(checkIdNumber('99010519491231002X').problem).toBe('area')
    expect(checkIdNumber('身份证').problem).toBe('characters')
    expect(checkIdNumber('1101051949123X0021').problem).toBe('characters')
  })

  it('find every slip of one digit', () => {
    const good = '11010519491231002X'
    for (let at = 0; at < 17; at += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const slipped = good.slice(0, at) + digit + good.slice(at + 1)
        if (slipped !== good) expect(checkIdNumber(slipped).ok, slipped).toBe(false)
      }
    }
  })

  it('are tidied, masked and spaced', () => {
    expect(normaliseIdNumber(' 110105 19491231 002ｘ')).toBe('11010519491231002X')
    expect(maskIdNumber('11010519491231002X')).toBe('110************02X')
    expect(spaceIdNumber('11010519491231002X43')).toBe('110105 19491231 002X 43')
  })
})

describe('telephone numbers', () => {
  it('are checked, grouped, masked and dialled', () => {
    for (const good of [
      '13800138000',
      '+86 138 0013 8000',
      '0871-6312345',
      '63123456',
      '120',
      '12345',
      '400-800-1234',
    ]) {
      expect(checkPhone(good), good).toBe(true)
    }
    for (const bad of ['', '12', '1380013800', '23800138000', 'abc']) expect(checkPhone(bad), bad).toBe(false)
    expect(normalisePhone('+86 138-0013-8000')).toBe('13800138000')
    expect(formatPhone('13800138000')).toBe('138 0013 8000')
    expect(maskPhone('13800138000')).toBe('138 **** 8000')
    expect(telephoneLink('0871-6312345')).toBe('tel:08716312345')
  })
})

describe('amounts of data', () => {
  it('are short', () => {
    expect(formatBytes(812)).toBe('812 B')
    expect(formatBytes(880 * 1024)).toBe('880 KB')
    expect(formatBytes(3.4 * 1024 * 1024)).toBe('3.4 MB')
  })
})
