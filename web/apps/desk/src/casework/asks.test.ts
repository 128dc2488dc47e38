import { expect, test } from 'vitest'
import { lacksOneOf, startOf } from './asks'

test('an allowance begins in the month after the decision, with what was proposed', () => {
  expect(startOf('approve', 'pay_from', '2026-12-23', {})).toBe('2027-01-01')
  expect(startOf('approve', 'amount_yuan', '2026-12-23', { amount_yuan: 1500 })).toBe(1500)
  expect(startOf('approve', 'text', '2026-12-23', { text: '不带入' })).toBeNull()
})

test('aid is money or goods, a survey is signed or says why not', () => {
  expect(lacksOneOf('aid_given', {})).toEqual(['amount_yuan', 'items'])
  expect(lacksOneOf('aid_given', { items: '大米两袋' })).toEqual([])
  expect(lacksOneOf('survey_form', { family_signed: false })).toEqual(['family_signed', 'reason'])
  expect(lacksOneOf('survey_form', { family_signed: true })).toEqual([])
})
