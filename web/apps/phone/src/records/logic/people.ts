/** Members of a household: who lives there, how old, in which order, and how one leaves. */
import type { DateText, EditOp, Scalar } from '@qiao/sync-client'
import { ageOn, isDay } from '@qiao/ui'
import { monthsOn } from './day'

/** An entry of the household's members, with its key. */
export interface Member {
  key: string
  fields: Record<string, Scalar>
}

/** Age in words needs a language; this is what it is said with. */
export type Age = { years: number } | { months: number }

/** Members by key, in the order a file lists them: householder, spouse, the rest by age; who left comes last. */
export function membersOf(entries: unknown): Member[] {
  if (typeof entries !== 'object' || entries === null) return []
  return Object.entries(entries as Record<string, Record<string, Scalar>>)
    .map(([key, fields]) => ({ key, fields }))
    .sort((a, b) => rank(a) - rank(b) || birthOf(a).localeCompare(birthOf(b)) || a.key.localeCompare(b.key))
}

// The two relations every register puts first; the words are official terms and stored as they are.
function rank(member: Member): number {
  if (hasLeft(member)) return 3
  return member.fields['relation'] === '户主' ? 0 : member.fields['relation'] === '配偶' ? 1 : 2
}

/** Birth date, from the identity number where the date itself is missing; "9" sorts after every date. */
function birthOf(member: Member): string {
  return birthDate(member) ?? '9'
}

/** The birth date, or the one in the identity number. */
export function birthDate({ fields }: Member): DateText | null {
  const written = fields['birth_date']
  if (typeof written === 'string' && isDay(written)) return written
  const number = fields['id_number']
  if (typeof number !== 'string' || number.length < 18) return null
  const day = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  return isDay(day) ? day : null
}

/** Age on a day; months for the first two years, nothing where no birth date is known or it lies ahead. */
export function age(member: Member, today: DateText): Age | null {
  const born = birthDate(member)
  if (born === null || born > today) return null
  const years = ageOn(born, today)
  if (years === null) return null
  return years < 2 ? { months: monthsOn(born, today) } : { years }
}

/** Whether somebody is not in the household any more. */
export function hasLeft({ fields }: Member): boolean {
  return typeof fields['left_on'] === 'string' && fields['left_on'] !== ''
}

/** Those who live together and decide a case: who has not left and is not said to live elsewhere. */
export function livingTogether(members: readonly Member[]): Member[] {
  return members.filter((member) => !hasLeft(member) && member.fields['living_together'] !== false)
}

/** Somebody leaves: the entry stays, with the day and the reason. */
export function leave(key: string, on: DateText, reason: string): EditOp[] {
  const ops: EditOp[] = [{ op: 'set', path: ['members', key, 'left_on'], value: on }]
  if (reason !== '') ops.push({ op: 'set', path: ['members', key, 'left_reason'], value: reason })
  return ops
}

/** Somebody is back, or never left. */
export function comeBack({ key, fields }: Member): EditOp[] {
  return ['left_on', 'left_reason']
    .filter((name) => name in fields)
    .map((name) => ({ op: 'delete', path: ['members', key, name] }))
}
