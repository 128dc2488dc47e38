/** Which places and unit a role needs: the server's rule, said beforehand so that a form asks for nothing else. Pure. */
import type { Role } from '../session/session'
import type { Level } from '../places/tree'

export interface Scope {
  role: Role | null
  places: string[]
  unit: string | null
}

/** Levels a role's places may have, and whether it may have several. */
export function placesOf(role: Role | null): { levels: Level[]; several: boolean; needed: boolean } {
  switch (role) {
    case 'team':
    case 'committee':
    case 'village_cadre':
      return { levels: ['village'], several: true, needed: true }
    case 'township':
      return { levels: ['township'], several: false, needed: true }
    case 'county':
      return { levels: ['county'], several: false, needed: true }
    case 'admin':
      return { levels: ['township', 'county'], several: true, needed: false }
    default:
      return { levels: [], several: false, needed: false }
  }
}

/** The scope without what its role does not have. */
export function fitting(scope: Scope, levelOf: (place: string) => Level | undefined): Scope {
  const { levels, several } = placesOf(scope.role)
  const places = scope.places.filter((place) => {
    const level = levelOf(place)
    return level !== undefined && levels.includes(level)
  })
  return {
    role: scope.role,
    places: several ? places : places.slice(0, 1),
    unit: scope.role === 'unit' ? scope.unit : null,
  }
}

/** Whether a form with this scope can be sent. */
export function complete(scope: Scope): boolean {
  if (!scope.role) return false
  if (scope.role === 'unit') return Boolean(scope.unit)
  return !placesOf(scope.role).needed || scope.places.length > 0
}
