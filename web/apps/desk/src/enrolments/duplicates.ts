/**
 * Which devices that take part a newcomer may double, and what is likely meant. Pure.
 *
 * The server names what is certain: the device an invitation is to replace, and other devices of the invited person.
 * For a walk-up nobody has said who they are, so names are compared here: a hint for a person who looks, never a decision.
 */
import type { Schemas } from '@qiao/api-client'

export type Pending = Schemas['Pending']
export type Device = Schemas['DeviceView']

export interface Likely {
  device: Device
  /** `replaces`: the invitation says so. `same_model`: same person and model. `same_person`. `same_name`: by name alone. */
  why: 'replaces' | 'same_model' | 'same_person' | 'same_name'
}

const plain = (name: string | null | undefined): string => (name ?? '').replace(/[\s·•.]/g, '').toLowerCase()

/** Devices to look at, the most certain first; each once. `devices` are those that take part or are held. */
export function likely(pending: Pending, devices: readonly Device[], personName: string): Likely[] {
  const byId = new Map(devices.map((device) => [device.device_id, device]))
  const found = new Map<string, Likely>()
  const order = ['replaces', 'same_model', 'same_person'] as const
  for (const why of order) {
    for (const hint of pending.hints) {
      const device = byId.get(hint.device_id)
      if (hint.kind === why && device && !found.has(device.device_id)) found.set(device.device_id, { device, why })
    }
  }
  const name = plain(pending.walk_up?.name ?? personName)
  if (!name) return [...found.values()]
  for (const device of devices) {
    if (device.desk || found.has(device.device_id) || device.device_id === pending.device_id) continue
    if (plain(device.person_name) !== name) continue
    const why = pending.person && device.person === pending.person ? 'same_person' : 'same_name'
    found.set(device.device_id, { device, why })
  }
  return [...found.values()]
}

/** The device a newcomer most likely takes the place of: named by the invitation, or the same phone installed again. */
export function replaced(found: readonly Likely[]): Device | null {
  return found.find(({ why }) => why === 'replaces' || why === 'same_model')?.device ?? null
}

/** Which of two readings of the same list are new: to be announced once. */
export function arrived(before: readonly Pending[] | undefined, now: readonly Pending[]): Pending[] {
  if (!before) return []
  const known = new Set(before.map((one) => one.device_id))
  return now.filter((one) => !known.has(one.device_id))
}
