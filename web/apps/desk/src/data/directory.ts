/**
 * Names behind ids: people, places and units in the administrator's area, read once and again after every change.
 *
 * Pages show names and send ids. What lies outside the area is shown by its id.
 */
import { computed, shallowRef } from 'vue'
import { all, ask, type Schemas } from '@qiao/api-client'
import { api } from '../session/session'
import { pathOf, placeIndex, type Place } from '../places/tree'

export type Person = Schemas['Person']
export type Unit = Schemas['Unit']

const people = shallowRef<Person[]>([])
const places = shallowRef<Place[]>([])
const units = shallowRef<Unit[]>([])

const personById = computed(() => new Map(people.value.map((one) => [one.id, one])))
const unitById = computed(() => new Map(units.value.map((one) => [one.id, one])))
const placesById = computed(() => placeIndex(places.value))

let peopleRead: Promise<void> | null = null
let placesRead: Promise<void> | null = null
let unitsRead: Promise<void> | null = null

async function readPeople(): Promise<void> {
  const page = (after: string | undefined) =>
    ask(api.GET('/api/v1/people', { params: { query: { limit: 500, after } } }))
  people.value = (await all(page)).items
}

async function readPlaces(): Promise<void> {
  places.value = (await ask(api.GET('/api/v1/places'))) as Place[]
}

async function readUnits(): Promise<void> {
  units.value = await ask(api.GET('/api/v1/units'))
}

export const directory = {
  people,
  places,
  units,
  placesById,
  person: (id: string | null | undefined): Person | undefined => (id ? personById.value.get(id) : undefined),
  personName: (id: string | null | undefined): string => (id ? (personById.value.get(id)?.name ?? id) : ''),
  unitName: (id: string | null | undefined): string => (id ? (unitById.value.get(id)?.name ?? id) : ''),
  placeName: (id: string | null | undefined): string => (id ? (placesById.value.get(id)?.name ?? id) : ''),
  /** From the county down: `清水县 / 东山乡 / 青山村`. */
  placePath: (id: string): string =>
    pathOf(placesById.value, id)
      .map((place) => place.name)
      .join(' / ') || id,
  /** Reads what is not there yet. */
  async ready(): Promise<void> {
    peopleRead ??= readPeople().catch((thrown: unknown) => {
      peopleRead = null
      throw thrown
    })
    placesRead ??= readPlaces().catch((thrown: unknown) => {
      placesRead = null
      throw thrown
    })
    unitsRead ??= readUnits().catch((thrown: unknown) => {
      unitsRead = null
      throw thrown
    })
    await Promise.all([peopleRead, placesRead, unitsRead])
  },
  async reloadPeople(): Promise<void> {
    await (peopleRead = readPeople())
  },
  async reloadPlaces(): Promise<void> {
    await (placesRead = readPlaces())
  },
  async reloadUnits(): Promise<void> {
    await (unitsRead = readUnits())
  },
}
