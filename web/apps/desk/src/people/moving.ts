/** What giving a person another role, place or unit does to their devices, as far as the register knows. Pure. */
import type { Schemas } from '@qiao/api-client'
import type { Person } from '../data/directory'
import type { Scope } from '../parts/scope'

export interface PersonMove {
  moved: boolean
  /** Devices whose grant follows. */
  devices: Schemas['DeviceView'][]
  /** Places whose records are taken off them. */
  leaves: string[]
  /** Places whose records come to them. */
  enters: string[]
  /** Changes on those devices the server has not received: they will be judged by the new rights. */
  unsent: number
}

export function moveOfPerson(
  person: Person,
  scope: Scope,
  devices: readonly Schemas['DeviceView'][],
  parentOf: (place: string) => string | null,
): PersonMove {
  const same =
    person.role === scope.role &&
    (person.unit ?? null) === scope.unit &&
    person.places.length === scope.places.length &&
    person.places.every((place) => scope.places.includes(place))
  const holds = (places: readonly string[], place: string): boolean => {
    for (let at: string | null = place, steps = 0; at && steps < 4; at = parentOf(at), steps += 1) {
      if (places.includes(at)) return true
    }
    return false
  }
  const theirs = devices.filter((one) => one.person === person.id && ['active', 'suspended'].includes(one.status))
  return {
    moved: !same,
    devices: same ? [] : theirs,
    leaves: same ? [] : person.places.filter((place) => !holds(scope.places, place)),
    enters: same ? [] : scope.places.filter((place) => !holds(person.places, place)),
    unsent: same ? 0 : theirs.reduce((sum, one) => sum + (one.health?.unsent ?? 0), 0),
  }
}
