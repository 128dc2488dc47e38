import { describe, expect, it } from 'vitest'
import { incomeYears, perHead, totalOf } from './income'

describe('income', () => {
  it('adds up four kinds and never the part that is in one of them already', () => {
    expect(totalOf({ wage_yuan: 48_500, business_yuan: 20_000, farm_yuan: 19_300, transfer_yuan: 2_500 })).toBe(71_000)
    expect(totalOf({ wage_yuan: 10_000, business_yuan: -4_000 })).toBe(6_000)
  })

  it('keeps exclusions apart and takes deductions off the sum', () => {
    const [year] = incomeYears({ '2026': { wage_yuan: 30_000, exclusions_yuan: 1_200, deductions_yuan: 5_000 } })
    expect(year).toMatchObject({ total: 30_000, net: 25_000 })
    expect(perHead(25_000, 3)).toBe(8_333)
  })

  it('does not take nothing for zero', () => {
    expect(totalOf({ exclusions_yuan: 100 })).toBeNull()
    expect(perHead(null, 3)).toBeNull()
    expect(perHead(100, 0)).toBeNull()
    expect(totalOf({ wage_yuan: 0 })).toBe(0)
  })

  it('lists the newest year first', () => {
    expect(incomeYears({ '2024': {}, '2026': {}, '2025': {} }).map(({ year }) => year)).toEqual([
      '2026',
      '2025',
      '2024',
    ])
    expect(incomeYears(undefined)).toEqual([])
  })
})
