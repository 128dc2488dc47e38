import { describe, expect, it } from 'vitest'
import type { CatalogueField } from '@qiao/sync-client'
import { charsOf, isIdShape, numberOf, problemOf, tidyText } from './check'

function field(type: CatalogueField['type'], rest: Partial<CatalogueField> = {}): CatalogueField {
  return { name: 'x', zh: '某', en: 'x', type, sensitive: false, may: 'PD', ...rest }
}

describe('what may be written', () => {
  it('counts characters, not bytes or halves of characters', () => {
    expect(charsOf('沈清华𠮷')).toBe(4)
    expect(problemOf(field('text', { max: 4 }), '沈清华𠮷')).toBeNull()
    expect(problemOf(field('text', { max: 3 }), '沈清华𠮷')).toEqual({ code: 'too_long', limit: 3 })
  })

  it('takes off blanks and what nobody can see, and keeps the lines', () => {
    expect(tidyText('  第一行\r\n第二行\u0007 ')).toBe('第一行\n第二行')
  })

  it('reads numbers as they are typed on a Chinese keyboard', () => {
    expect(numberOf('１２，３００')).toBe(12300)
    expect(numberOf('-500')).toBe(-500)
    expect(numberOf('12.5')).toBeUndefined()
    expect(numberOf('')).toBeUndefined()
  })

  it('keeps numbers within their bounds', () => {
    const months = field('int', { min: 0, max: 12 })
    expect(problemOf(months, 12)).toBeNull()
    expect(problemOf(months, 13)).toEqual({ code: 'too_large', limit: 12 })
    expect(problemOf(months, -1)).toEqual({ code: 'too_small', limit: 0 })
    expect(problemOf(months, 'three')).toEqual({ code: 'not_a_number' })
  })

  it('knows telephones and identity numbers by their shape', () => {
    expect(problemOf(field('phone'), '0871-6000000')).toBeNull()
    expect(problemOf(field('phone'), '没有')).toEqual({ code: 'bad_phone' })
    for (const good of ['11010519491231002X', '11010519491231002X43', '11010519491231002X43B1'])
      expect(isIdShape(good)).toBe(true)
    for (const bad of ['', '11010519491231002x', '1101051949123X0021', '11010519491231002X4'])
      expect(isIdShape(bad)).toBe(false)
  })

  it('lets an open choice be another word, a closed one not', () => {
    const choices = [{ value: 'normal', zh: '一般', en: 'normal' }]
    expect(problemOf(field('choice', { choices }), '本地')).toEqual({ code: 'bad_choice' })
    expect(problemOf(field('choice', { choices, open: true }), '本地')).toBeNull()
    expect(problemOf(field('choice', { choices, open: true }), '长'.repeat(41))).toEqual({
      code: 'too_long',
      limit: 40,
    })
  })
})
