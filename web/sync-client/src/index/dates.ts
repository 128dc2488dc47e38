/** Calendar days as text, in the device's own time zone. */
import type { DateText } from '../api'

export function dayOf(ms: number): DateText {
  const date = new Date(ms)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Days from one day to another; `null` when one of them is no day. */
export function daysBetween(from: DateText, to: DateText): number | null {
  const days = (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000
  return Number.isFinite(days) ? Math.round(days) : null
}
