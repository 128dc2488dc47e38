/**
 * Identity numbers: the citizen's 18 characters, and the disability certificate's 20 or 22 that begin with them.
 *
 * The checks here warn the person typing. They never stop a record: in the field a wrong digit on a worn card is copied
 * as it stands, and the server accepts the shape.
 */
import { isDay } from './dates'

/** What a number is. */
export type IdForm =
  /** 18: identity card. */
  | 'identity'
  /** 20: disability certificate; the last two are its type and level. */
  | 'disability'
  /** 22: a disability certificate issued again, `B` and how often. */
  | 'disability_reissued'

/** Why a number cannot be right. */
export type IdProblem = 'length' | 'characters' | 'area' | 'birth' | 'checksum' | 'disability' | 'reissue'

/** What a number says, or what is wrong with it. */
export interface IdCheck {
  ok: boolean
  problem: IdProblem | null
  form: IdForm | null
  /** Birth date and sex, where the first 18 characters are plausible. */
  birth: string | null
  sex: '男' | '女' | null
  /** Type 1-7 and level 1-4 of a disability certificate. */
  disabilityType: number | null
  disabilityLevel: number | null
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_CHARACTERS = '10X98765432'
/** First two digits of provinces, the special regions and those born abroad. */
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91'.split(
    ' ',
  ),
)

/** As stored: no blanks, capital X and B, plain digits. */
export function normaliseIdNumber(typed: string): string {
  return typed
    .replace(/[\s\-·]/g, '')
    .replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .toUpperCase()
    .replace(/[ＸＢ×]/g, (c) => (c === 'Ｂ' ? 'B' : 'X'))
}

/** The last character that belongs to the first 17. */
export function checkCharacter(first17: string): string {
  let sum = 0
  for (let at = 0; at < 17; at += 1) sum += Number(first17[at]) * (WEIGHTS[at] ?? 0)
  return CHECK_CHARACTERS[sum % 11] ?? ''
}

/** Checks a number as typed. */
export function checkIdNumber(typed: string): IdCheck {
  const id = normaliseIdNumber(typed)
  const form: IdForm | null =
    id.length === 18 ? 'identity' : id.length === 20 ? 'disability' : id.length === 22 ? 'disability_reissued' : null
  const wrong = (problem: IdProblem): IdCheck => ({
    ok: false,
    problem,
    form,
    birth: null,
    sex: null,
    disabilityType: null,
    disabilityLevel: null,
  })
  if (!/^[0-9XB]*$/.test(id)) return wrong('characters')
  if (!form) return wrong('length')
  if (!/^\d{17}[\dX]/.test(id)) return wrong('characters')
  if (!PROVINCES.has(id.slice(0, 2))) return wrong('area')
  const birth = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`
  if (!isDay(birth) || birth < '1850') return wrong('birth')
  if (checkCharacter(id) !== id[17]) return wrong('checksum')
  const disabled = form !== 'identity'
  if (disabled && !/^[1-7][1-4]$/.test(id.slice(18, 20))) return wrong('disability')
  if (form === 'disability_reissued' && !/^B\d$/.test(id.slice(20))) return wrong('reissue')
  return {
    ok: true,
    problem: null,
    form,
    birth,
    sex: Number(id[16]) % 2 === 1 ? '男' : '女',
    disabilityType: disabled ? Number(id[18]) : null,
    disabilityLevel: disabled ? Number(id[19]) : null,
  }
}

/** `511*************21X`: enough to tell two people apart, too little to be of use to others. */
export function maskIdNumber(id: string): string {
  if (id.length < 10) return '*'.repeat(id.length)
  return `${id.slice(0, 3)}${'*'.repeat(id.length - 6)}${id.slice(-3)}`
}

/** In groups, to be read aloud: `510123 19491231 002X`. */
export function spaceIdNumber(id: string): string {
  return [id.slice(0, 6), id.slice(6, 14), id.slice(14, 18), id.slice(18)].filter(Boolean).join(' ')
}
