/** Days as texts, `YYYY-MM-DD`, without a clock or a time zone. Pure. */
export type DateText = string

const DAY_MS = 86_400_000

export function addDays(day: DateText, count: number): DateText {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

/** The first day of the month after that of `day`. */
export function firstOfNextMonth(day: DateText): DateText {
  const [year = 0, month = 1] = day.split('-').map(Number)
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`
}

/** The months up to `last`, the newest last. */
export function monthsUpTo(last: string, count: number): string[] {
  const [year = 0, month = 1] = last.split('-').map(Number)
  return Array.from({ length: count }, (_, at) => {
    const all = year * 12 + (month - 1) - (count - 1 - at)
    return `${Math.floor(all / 12)}-${String((all % 12) + 1).padStart(2, '0')}`
  })
}
