import { describe, expect, it } from 'vitest'
import { addMonths, monthsOn, yearOf } from './day'

describe('days', () => {
  it('ends a month on its last day', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
    expect(addMonths('2026-11-30', 3)).toBe('2027-02-28')
    expect(addMonths('2026-11-23', 1)).toBe('2026-12-23')
    expect(yearOf('2026-11-23')).toBe(2026)
  })

  it('counts the months of a baby from its birthday', () => {
    expect(monthsOn('2026-03-30', '2026-11-23')).toBe(7)
    expect(monthsOn('2026-03-23', '2026-11-23')).toBe(8)
  })
})
