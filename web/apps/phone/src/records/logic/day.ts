/** What visits and files count in days, beside the formats of `@qiao/ui`: years, months ahead, the age of a baby. */
import type { DateText } from '@qiao/sync-client'
import { addDays } from '@qiao/ui'

function parts(day: DateText): [year: number, month: number, day: number] {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number)
  return [year, month, date]
}

/** The year of a day. */
export function yearOf(day: DateText): number {
  return parts(day)[0]
}

/** So many months later; the 31st becomes the last day of a shorter month. */
export function addMonths(day: DateText, months: number): DateText {
  const [year, month, date] = parts(day)
  const first = new Date(Date.UTC(year, month - 1 + months, 1))
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  return addDays(first.toISOString().slice(0, 10), Math.min(date, last) - 1)
}

/** Whole months of age on a day: what is said of a baby. */
export function monthsOn(birth: DateText, day: DateText): number {
  const [birthYear, birthMonth, birthDate] = parts(birth)
  const [year, month, date] = parts(day)
  return (year - birthYear) * 12 + month - birthMonth - (date >= birthDate ? 0 : 1)
}
