import { describe, expect, it } from 'vitest'
import { pinFlaw } from './pin'

describe('a PIN', () => {
  it('is refused when it is short, all alike, a run or a birthday', () => {
    expect(pinFlaw('')).toBe('short')
    expect(pinFlaw('13579')).toBe('short')
    expect(pinFlaw('222222')).toBe('same')
    expect(pinFlaw('123456')).toBe('run')
    expect(pinFlaw('876543')).toBe('run')
    expect(pinFlaw('19790805')).toBe('date')
    expect(pinFlaw('790805')).toBe('date')
  })

  it('is taken otherwise', () => {
    expect(pinFlaw('135791')).toBeNull()
    expect(pinFlaw('904417')).toBeNull()
    expect(pinFlaw('79130562')).toBeNull()
  })
})
