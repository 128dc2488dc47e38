/** The tree of places as lists and paths, and what moving one of them does to people and devices. Pure. */

export type Level = 'county' | 'township' | 'village' | 'group'

export interface Place {
  id: string
  parent?: string | null
  level: Level
  name: string
}

/** A place with what lies in it, as a tree control wants it. */
export interface Branch extends Place {
  children: Branch[]
}

export const LEVELS: Level[] = ['county', 'township', 'village', 'group']

/** The level a place's parent has; `null` for a county. */
export function levelAbove(level: Level): Level | null {
  return LEVELS[LEVELS.indexOf(level) - 1] ?? null
}

/** The level of what lies in a place; `null` for a group. */
export function levelBelow(level: Level): Level | null {
  return LEVELS[LEVELS.indexOf(level) + 1] ?? null
}

export function placeIndex(places: readonly Place[]): Map<string, Place> {
  return new Map(places.map((place) => [place.id, place]))
}

/** From the top down to the place itself; cut where the tree is not visible. */
export function pathOf(index: Map<string, Place>, id: string): Place[] {
  const path: Place[] = []
  let place = index.get(id)
  // A tree of four levels: anything deeper would be a circle.
  while (place && path.length < LEVELS.length) {
    path.unshift(place)
    place = place.parent ? index.get(place.parent) : undefined
  }
  return path
}

/** Roots and what lies in them, in the order of their codes. What has no visible parent is a root. */
export function treeOf(places: readonly Place[]): Branch[] {
  const branches = new Map<string, Branch>(places.map((place) => [place.id, { ...place, children: [] }]))
  const roots: Branch[] = []
  for (const branch of branches.values()) {
    const above = branch.parent ? branches.get(branch.parent) : undefined
    ;(above?.children ?? roots).push(branch)
  }
  const sort = (some: Branch[]): Branch[] => {
    some.sort((a, b) => a.id.localeCompare(b.id))
    some.forEach((one) => sort(one.children))
    return some
  }
  return sort(roots)
}

/** The place and everything in it. */
export function within(places: readonly Place[], id: string): Set<string> {
  const found = new Set([id])
  // Levels are few: as many passes as there are levels find everything.
  for (let pass = 0; pass < LEVELS.length; pass += 1) {
    for (const place of places) if (place.parent && found.has(place.parent)) found.add(place.id)
  }
  return found
}

/** Somebody or something with places. */
export interface Placed {
  places: string[]
  role?: string | null
}

/** What moving a place under another parent does, as far as the register knows. */
export interface Move<P extends Placed, D extends Placed> {
  /** Villages that move, the place itself included. */
  villages: Place[]
  /** Groups that move along. */
  groups: Place[]
  /** People who go on working where they do, now under another township or county. */
  people: P[]
  /** Township devices that will stop seeing these villages. */
  losing: D[]
  /** Township devices that will begin to see them. */
  gaining: D[]
  /** Administrators whose area ends or begins to hold the place. */
  administrators: { losing: P[]; gaining: P[] }
}

export function moveOf<P extends Placed, D extends Placed>(
  places: readonly Place[],
  id: string,
  parent: string,
  people: readonly P[],
  devices: readonly D[],
): Move<P, D> {
  const index = placeIndex(places)
  const inside = within(places, id)
  const above = (of: string | null | undefined): Set<string> =>
    new Set(of ? pathOf(index, of).map((one) => one.id) : [])
  const [was, willBe] = [above(index.get(id)?.parent), above(parent)]
  const has = (one: Placed, some: Set<string>): boolean => one.places.some((place) => some.has(place))
  const only = (a: Set<string>, b: Set<string>): Set<string> => new Set([...a].filter((one) => !b.has(one)))
  const [left, entered] = [only(was, willBe), only(willBe, was)]
  const admins = people.filter((one) => one.role === 'admin')
  const levels = (level: Level): Place[] => places.filter((place) => inside.has(place.id) && place.level === level)
  // A county's devices hold the figures of the county; what they are told is decided by the county above the village.
  const watching = devices.filter((one) => one.role === 'township' || one.role === 'county')
  return {
    villages: levels('village'),
    groups: levels('group'),
    people: people.filter((one) => one.role !== 'admin' && has(one, inside)),
    losing: watching.filter((one) => has(one, left)),
    gaining: watching.filter((one) => has(one, entered)),
    administrators: {
      losing: admins.filter((one) => has(one, left) && !has(one, inside)),
      gaining: admins.filter((one) => has(one, entered) && !has(one, inside)),
    },
  }
}
