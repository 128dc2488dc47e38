/** How good a PIN is, told honestly, and what is refused as too simple. The device refuses by itself; this says so early. */

export const PIN_DIGITS_MIN = 6
export const PIN_DIGITS_MAX = 12
export const PASSPHRASE_CHARS_MIN = 8

/** Why a PIN is not good enough. */
export type PinFlaw = 'short' | 'same' | 'run' | 'date'

/** All steps alike: `123456`, `987654`, `222222`. */
function steps(pin: string): Set<number> {
  const found = new Set<number>()
  for (let at = 1; at < pin.length; at += 1) found.add(Number(pin[at]) - Number(pin[at - 1]))
  return found
}

export function pinFlaw(pin: string): PinFlaw | null {
  if (!/^\d+$/.test(pin) || pin.length < PIN_DIGITS_MIN) return 'short'
  const found = steps(pin)
  if (found.size === 1) return found.has(0) ? 'same' : found.has(1) || found.has(-1) ? 'run' : null
  // Birthdays are what is tried first by those who know the owner.
  if (/^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(pin)) return 'date'
  if (/^\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(pin)) return 'date'
  return null
}
