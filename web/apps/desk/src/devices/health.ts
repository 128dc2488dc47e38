/** What a device's last report says about it, for lists and filters. Pure; the time is an argument. */
import type { Schemas } from '@qiao/api-client'

export type Device = Schemas['DeviceView']

/** Days without contact after which a device counts as silent. */
export const SILENT_DAYS = 3
/** Days before the end of a grant at which it is said. */
export const ENDING_DAYS = 14
/** A clock that is wrong by more than this is said. */
export const SKEW_MS_MAX = 5 * 60_000
/** Storage below this is said; a village's files need about as much. */
export const STORAGE_MIB_MIN = 200
/** Changes that have waited on a device longer than this are said. */
export const UNSENT_AGE_S_MAX = 24 * 3600

const DAY_MS = 24 * 3600_000

/** What is to be looked after, most urgent first. */
export type Alarm = 'ended' | 'silent' | 'never' | 'unsent' | 'ending' | 'storage' | 'skew'

/** Whether a device that takes part has not been heard of for so many days. */
export function silentFor(device: Device, nowMs: number, days: number): boolean {
  if (device.status !== 'active') return false
  const heardMs = device.health?.last_seen_ms ?? device.decided_ms ?? device.created_ms
  return nowMs - heardMs >= days * DAY_MS
}

/** Alarms of a device that takes part; none for any other. */
export function alarms(device: Device, nowMs: number): Alarm[] {
  if (device.status !== 'active') return []
  const found: Alarm[] = []
  const leftMs = device.grant_expires_ms - nowMs
  if (leftMs <= 0) found.push('ended')
  if (silentFor(device, nowMs, SILENT_DAYS)) found.push('silent')
  const { health } = device
  if (!health && !found.includes('silent')) found.push('never')
  if (health && health.unsent > 0 && health.unsent_age_s > UNSENT_AGE_S_MAX) found.push('unsent')
  // A desk lives by its session, a day at most.
  if (leftMs > 0 && leftMs < ENDING_DAYS * DAY_MS && !device.desk) found.push('ending')
  if (health && health.storage_left_mib > 0 && health.storage_left_mib < STORAGE_MIB_MIN) found.push('storage')
  if (health && Math.abs(health.clock_skew_ms) > SKEW_MS_MAX) found.push('skew')
  return found
}

/** Which devices are wanted. */
export interface Wanted {
  text: string
  status: string
  role: string
  only: string
  place: string
}

export const WANT_ALL: Wanted = { text: '', status: '', role: '', only: '', place: '' }

/** Filters that stand behind a button: alarms, and what is not an alarm. */
export const ONLY = ['silent', 'unsent', 'never', 'ending', 'storage', 'skew', 'desk'] as const

function fits(device: Device, wanted: Wanted, inPlace: Set<string> | null, nowMs: number): boolean {
  // Ended devices and closed desks are history: shown only when asked for.
  if (wanted.status ? device.status !== wanted.status : !['active', 'suspended'].includes(device.status)) return false
  if (wanted.role && device.role !== wanted.role) return false
  if (inPlace && !device.places.some((place) => inPlace.has(place))) return false
  if (wanted.only === 'desk' ? !device.desk : device.desk && !wanted.status) return false
  if (wanted.only === 'unsent' && !(device.health && device.health.unsent > 0)) return false
  if (wanted.only && wanted.only !== 'desk' && wanted.only !== 'unsent') {
    if (!alarms(device, nowMs).includes(wanted.only as Alarm)) return false
  }
  const text = wanted.text.trim().toLowerCase()
  if (!text) return true
  return [device.name, device.person_name, device.model, device.device_id, device.person].some((one) =>
    one?.toLowerCase().includes(text),
  )
}

/** Devices that fit, those with the gravest alarms first, then those longest unheard. */
export function filtered(
  devices: readonly Device[],
  wanted: Wanted,
  inPlace: Set<string> | null,
  nowMs: number,
): Device[] {
  return devices
    .filter((device) => fits(device, wanted, inPlace, nowMs))
    .map((device) => ({ device, alarms: alarms(device, nowMs).length, heardMs: device.health?.last_seen_ms ?? 0 }))
    .sort((a, b) => Number(b.alarms > 0) - Number(a.alarms > 0) || a.heardMs - b.heardMs || a.device.no - b.device.no)
    .map(({ device }) => device)
}
