/**
 * Whether what was typed may be written into a field, said beside the field before anything is saved.
 *
 * The device and the server check again and have the last word; this only spares people a round.
 */
import type { CatalogueField, Scalar } from '@qiao/sync-client'
import { isDay } from '../formats/dates'

/** What is wrong, as a key of `records.check`; `limit` fills its blank. */
export interface CheckProblem {
  code:
    | 'required'
    | 'not_clearable'
    | 'too_long'
    | 'not_a_number'
    | 'too_small'
    | 'too_large'
    | 'bad_date'
    | 'bad_phone'
    | 'bad_id_number'
    | 'bad_choice'
  limit?: number
}

/** Longest value of an open choice, in characters. */
const OPEN_CHOICE_CHARS_MAX = 40

/** Text as it is written: no blanks around it, line ends of one sort, nothing invisible. */
export function tidyText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()
}

/** Characters as people count them. */
export function charsOf(text: string): number {
  return [...text].length
}

/** Digits typed on a Chinese keyboard may be wide. */
export function narrow(text: string): string {
  return text.replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)).replaceAll('　', ' ')
}

/** The number a text stands for, with separators allowed; undefined when it is none. */
export function numberOf(text: string): number | undefined {
  const plain = narrow(text).replace(/[\s,，]/g, '')
  if (!/^[+-]?\d{1,15}$/.test(plain)) return undefined
  return Number(plain)
}

/** What is wrong with a value; null when nothing is. */
export function problemOf(field: CatalogueField, value: Scalar): CheckProblem | null {
  switch (field.type) {
    case 'int':
    case 'yuan':
      return problemOfNumber(field, value)
    case 'bool':
      return typeof value === 'boolean' ? null : { code: 'bad_choice' }
    case 'date':
      return isDay(String(value)) ? null : { code: 'bad_date' }
    case 'phone':
      return isPhone(String(value)) ? null : { code: 'bad_phone' }
    case 'id_number':
      return isIdShape(String(value)) ? null : { code: 'bad_id_number' }
    case 'choice':
      return problemOfChoice(field, String(value))
    default:
      return problemOfText(String(value), field.max)
  }
}

function problemOfNumber(field: CatalogueField, value: Scalar): CheckProblem | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return { code: 'not_a_number' }
  if (field.min !== undefined && value < field.min) return { code: 'too_small', limit: field.min }
  if (field.max !== undefined && value > field.max) return { code: 'too_large', limit: field.max }
  return null
}

function problemOfChoice(field: CatalogueField, value: string): CheckProblem | null {
  if (field.choices?.some((choice) => choice.value === value)) return null
  if (!field.open) return { code: 'bad_choice' }
  return problemOfText(value, field.max ?? OPEN_CHOICE_CHARS_MAX)
}

function problemOfText(value: string, max: number | undefined): CheckProblem | null {
  return max !== undefined && charsOf(value) > max ? { code: 'too_long', limit: max } : null
}

function isPhone(text: string): boolean {
  return /^[\d+\- ]{3,24}$/.test(text) && text.replace(/\D/g, '').length >= 3
}

/** 18 characters of an identity card, 20 or 22 of a disability certificate; the check digit is not looked at. */
export function isIdShape(text: string): boolean {
  return /^\d{17}[\dX](\d{2}(([\dB])\d)?)?$/.test(text)
}
