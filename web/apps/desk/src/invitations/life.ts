/** How long invitations hold: a day, three days, or the server's longest. */
export const HOURS = [24, 72, 168] as const

const HOUR_MS = 3600_000
/** A little less than the server's bound: its clock and this one differ. */
const MARGIN_MS = 10 * 60_000

/** When an invitation of so many hours ends, Unix ms; absent where the server's own default is meant. */
export function expiry(hours: number, nowMs: number): number | null {
  return hours === HOURS[0] ? null : nowMs + hours * HOUR_MS - MARGIN_MS
}
