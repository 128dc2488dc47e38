/** Reading single values of a document as it is shown, whatever a later version may have put there. */
import type { Entries, Scalar, Value } from '../api'

export function entries(value: Value, name: string): Entries {
  const found = value[name]
  return typeof found === 'object' ? (found as Entries) : {}
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

export function asNumber(value: Scalar | object | undefined): number | null {
  return typeof value === 'number' ? value : null
}
