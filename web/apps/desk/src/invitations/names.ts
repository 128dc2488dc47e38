/**
 * A list of names, pasted or read from a sheet, turned into people to invite. Pure.
 *
 * Columns are found by their headings, or by what stands in them. Nobody is guessed: where a name could be two people,
 * or a village two places, the row says so and is left out until somebody has chosen.
 */
import { checkPhone, normalisePhone } from '@qiao/ui'
import type { Person } from '../data/directory'
import type { Place } from '../places/tree'
import type { Role } from '../session/session'

export type Column = 'name' | 'phone' | 'role' | 'place' | 'unit' | 'none'

/** Rows of one bulk invitation; the server takes no more. */
export const ROWS_MAX = 200

const HEADINGS: [Column, RegExp][] = [
  ['phone', /手机|电话|联系方式|phone|mobile|tel/i],
  ['role', /角色|身份|职务|岗位|role|post/i],
  ['unit', /单位|部门|unit|department/i],
  ['place', /村|乡|镇|县|地点|地区|驻地|place|village|town|county/i],
  ['name', /姓名|名字|人员|name/i],
]

const ROLE_WORDS: [Role, RegExp][] = [
  ['committee', /村委|村两委|committee/i],
  ['village_cadre', /包村|驻村干部|village.?cadre/i],
  ['team', /工作队|第一书记|队员|队长|team/i],
  ['township', /乡镇|镇政府|乡政府|township/i],
  ['county', /县级|县局|county/i],
  ['unit', /帮扶|单位|unit/i],
]

/** Pasted text as cells: tabs as spreadsheets give them, else commas and wide spaces. */
export function cellsOf(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .map((line) => {
      const mark = [/\t/, /[,，;；、]/, /\s{2,}|\u3000/].find((one) => one.test(line.trim()))
      // A single space parts columns in Chinese, and first from last name elsewhere.
      return line.trim().split(mark ?? (/\p{Script=Han}/u.test(line) ? /\s/ : /\t/))
    })
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter((cells) => cells.some(Boolean))
}

/** Which column is what, and whether the first row names them. */
export function columnsOf(rows: readonly string[][]): { columns: Column[]; headed: boolean } {
  const [first = []] = rows
  const width = Math.max(0, ...rows.map((row) => row.length))
  const named = first.map((cell) => HEADINGS.find(([, words]) => words.test(cell))?.[0] ?? 'none')
  if (named.includes('name')) {
    // The first column of a kind counts.
    const columns = named.map((column, at) => (named.indexOf(column) === at ? column : 'none'))
    return { columns: [...columns, ...Array<Column>(Math.max(0, width - columns.length)).fill('none')], headed: true }
  }
  const columns: Column[] = Array.from({ length: width }, () => 'none')
  const most = (at: number, fits: (cell: string) => boolean): boolean => {
    const filled = rows.map((row) => row[at] ?? '').filter(Boolean)
    return filled.length > 0 && filled.filter(fits).length * 2 > filled.length
  }
  for (let at = 0; at < width; at += 1) {
    const free = (column: Column): boolean => !columns.includes(column)
    if (free('phone') && most(at, (cell) => checkPhone(cell) && /\d{7}/.test(cell))) columns[at] = 'phone'
    else if (free('role') && most(at, (cell) => roleOf(cell) !== null)) columns[at] = 'role'
    else if (free('place') && most(at, (cell) => /(村|社区|乡|镇|县|街道)$|^\d{6,12}$/.test(cell)))
      columns[at] = 'place'
    else if (free('name') && most(at, (cell) => /^[\p{L}·\s]{2,20}$/u.test(cell))) columns[at] = 'name'
  }
  return { columns, headed: false }
}

/** The role a word means. */
export function roleOf(word: string): Role | null {
  return word ? (ROLE_WORDS.find(([, words]) => words.test(word))?.[0] ?? null) : null
}

/** What is wrong with a row. */
export type Trouble =
  'no_name' | 'two_people' | 'bad_phone' | 'no_place' | 'two_places' | 'unknown_place' | 'no_unit' | 'twice'

export interface Row {
  /** Line in the list, from 1. */
  line: number
  name: string
  phone: string
  role: Role
  places: string[]
  unit: string | null
  /** The person in the register, or `null` for one to be added. */
  person: Person | null
  /** People it could be. */
  candidates: Person[]
  trouble: Trouble | null
}

/** What holds where the list says nothing. */
export interface Defaults {
  role: Role
  places: string[]
  unit: string | null
}

const plain = (text: string): string => text.replace(/[\s·•.]/g, '').toLowerCase()

function findPlace(text: string, places: readonly Place[]): Place[] {
  const exact = places.filter((place) => place.id === text || plain(place.name) === plain(text))
  if (exact.length) return exact
  // "东山乡青山村": the name stands at the end.
  return places.filter((place) => plain(text).endsWith(plain(place.name)))
}

export function rowsOf(
  cells: readonly string[][],
  columns: readonly Column[],
  headed: boolean,
  defaults: Defaults,
  register: { people: readonly Person[]; places: readonly Place[]; units: readonly { id: string; name: string }[] },
): Row[] {
  const seen = new Set<string>()
  const at = (row: readonly string[], column: Column): string => row[columns.indexOf(column)]?.trim() ?? ''
  return cells.slice(headed ? 1 : 0).map((cell, index) => {
    const name = at(cell, 'name')
    const phone = at(cell, 'phone') ? normalisePhone(at(cell, 'phone')) : ''
    const said = { role: roleOf(at(cell, 'role')), place: at(cell, 'place'), unit: at(cell, 'unit') }
    const found = said.place ? findPlace(said.place, register.places) : []
    const unit = register.units.find((one) => plain(one.name) === plain(said.unit) || one.id === said.unit)?.id ?? null
    const namesakes = register.people.filter((one) => one.active && plain(one.name) === plain(name))
    const byPhone = phone ? namesakes.filter((one) => one.phone && normalisePhone(one.phone) === phone) : []
    const here = found[0]?.id
    const byPlace = here ? namesakes.filter((one) => one.places.includes(here)) : []
    const candidates = byPhone.length ? byPhone : byPlace.length ? byPlace : namesakes
    const person = candidates.length === 1 ? (candidates[0] ?? null) : null
    const role = person?.role ?? said.role ?? defaults.role
    const row: Row = {
      line: index + 1 + (headed ? 1 : 0),
      name,
      phone,
      role,
      places:
        person?.places ??
        (role === 'unit' ? [] : found.length === 1 && here ? [here] : said.place ? [] : defaults.places),
      unit: person ? (person.unit ?? null) : role === 'unit' ? (unit ?? defaults.unit) : null,
      person,
      candidates,
      trouble: null,
    }
    const key = person?.id ?? `${plain(name)}/${phone}/${row.places.join()}`
    row.trouble = trouble(row, said.place, found.length)
    if (!row.trouble && seen.has(key)) row.trouble = 'twice'
    seen.add(key)
    return row
  })
}

function trouble(row: Row, place: string, found: number): Trouble | null {
  if (!row.name) return 'no_name'
  if (!row.person && row.candidates.length > 1) return 'two_people'
  if (row.person) return null
  if (row.phone && !checkPhone(row.phone)) return 'bad_phone'
  if (row.role === 'unit') return row.unit ? null : 'no_unit'
  if (place && found === 0) return 'unknown_place'
  if (place && found > 1) return 'two_places'
  return row.places.length ? null : 'no_place'
}
