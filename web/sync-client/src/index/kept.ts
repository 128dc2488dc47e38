/**
 * What is kept of each document for lists and search, small enough to hold all of them in memory.
 *
 * Made from a document whenever it changes; stored encrypted beside it, so that lists are there before the engine is.
 */
import type { DateText, DocId, Entries, HouseholdRow, Kind, NeedRow, Value, VisitRow } from '../api'
import type { CaseStanding } from '../casework'
import { type KeptCasework, keepCasework } from './casework'
import type { Reader } from './pinyin'
import { seenOf } from './seen'
import { asNumber, asText, entries } from './values'

/** A change here makes every row anew. */
export const INDEX_VERSION = 4

/** A household's columns that stand in its own document; the others follow from its visits, needs and edits. */
export interface KeptHousehold extends Omit<
  HouseholdRow,
  'members' | 'lastVisit' | 'nextVisit' | 'openNeeds' | 'answeredNeeds' | 'returned' | 'mark' | 'foundBy'
> {
  kind: 'household'
  /** On the register: neither moved away nor closed. */
  active: boolean
  /** Those who have not left: name and identity number. */
  members: [string, string][]
  /** Everything it is found by, lower case, one to a line. */
  found: string
}

export type KeptVisit = Pick<VisitRow, 'key' | 'date' | 'nextOn' | 'corrects'>

export interface KeptJournal {
  kind: 'journal'
  id: DocId
  household: DocId
  visits: KeptVisit[]
  conflicts: number
}

/** A need's columns that stand in its own document. */
export interface KeptNeed extends Omit<NeedRow, 'householder' | 'village' | 'group' | 'overdue' | 'mark'> {
  kind: 'need'
  found: string
}

export interface KeptVillage {
  kind: 'village'
  id: DocId
  name: string
  groups: number[]
  people: Record<string, string>
  units: Record<string, string>
  conflicts: number
}

export interface KeptCard extends Pick<
  HouseholdRow,
  'id' | 'group' | 'householder' | 'address' | 'phone' | 'type' | 'members' | 'conflicts'
> {
  kind: 'card'
  household: DocId
  villageName: string
  found: string
}

/** Nothing of it is in any list: what offices keep of a case, and kinds of a later version. */
export interface KeptOther {
  kind: 'check'
  id: DocId
  conflicts: number
}

export type Kept = KeptHousehold | KeptJournal | KeptNeed | KeptVillage | KeptCard | KeptCasework | KeptOther

/** A document as the engine shows it. */
export interface Source {
  id: DocId
  kind: Kind
  value: Value
  conflicts: number
  /** Only its row has arrived. */
  loading: boolean
  /** Where an application or a case stands. */
  standing?: CaseStanding | null
  /** When it was looked at. */
  nowMs?: number
}

export function keep(source: Source, reader: Reader): Kept {
  const { id, value, conflicts } = source
  const text = (name: string): string => asText(value[name])
  const number = (name: string): number | null => asNumber(value[name])
  const date = (name: string): DateText | null => text(name) || null
  switch (source.kind) {
    case 'household': {
      const members = Object.values(entries(value, 'members'))
        .filter((member) => asText(member['left_on']) === '')
        .map((member): [string, string] => [asText(member['name']), asText(member['id_number']).toUpperCase()])
      const phones = Object.values(entries(value, 'members')).map((member) => asText(member['phone']))
      const names = [text('householder'), ...members.map(([name]) => name)]
      return {
        kind: 'household',
        id,
        village: text('village'),
        group: number('group'),
        number: text('number'),
        householder: text('householder'),
        address: text('address'),
        phone: text('phone'),
        type: text('household_type'),
        monitoring: text('monitoring_type'),
        risk: text('risk'),
        riskState: text('risk_state'),
        cadre: text('cadre'),
        cadreName: text('cadre_name'),
        active: !['moved_away', 'closed'].includes(text('register_state')),
        members,
        conflicts,
        found: haystack(reader, names, [
          text('number'),
          text('phone'),
          ...phones,
          ...members.map(([, idNumber]) => tail(idNumber)),
        ]),
        loading: source.loading,
      }
    }
    case 'journal':
      return {
        kind: 'journal',
        id,
        household: text('household'),
        visits: Object.entries(entries(value, 'visits')).map(([key, visit]) => ({
          key,
          date: asText(visit['date']),
          nextOn: asText(visit['next_on']) || null,
          corrects: asText(visit['corrects']) || null,
        })),
        conflicts,
      }
    case 'need':
      return {
        kind: 'need',
        id,
        household: text('household'),
        title: text('title'),
        category: text('category'),
        urgency: text('urgency'),
        state: text('state') || 'open',
        unit: text('unit'),
        cadre: text('cadre'),
        raisedOn: date('raised_on'),
        due: date('due'),
        plannedOn: date('planned_on'),
        responses: Object.keys(entries(value, 'responses')).length,
        seen: seenOf(value),
        conflicts,
        found: haystack(reader, [text('title')], [text('category'), text('description')]),
      }
    case 'village':
      return {
        kind: 'village',
        id,
        name: text('name'),
        groups: Object.values(entries(value, 'groups')).flatMap((group) => asNumber(group['number']) ?? []),
        people: pairs(entries(value, 'team'), 'person', 'name'),
        units: pairs(entries(value, 'pairings'), 'unit', 'unit_name'),
        conflicts,
      }
    case 'card':
      return {
        kind: 'card',
        id,
        household: text('household'),
        villageName: text('village_name'),
        group: number('group'),
        householder: text('householder'),
        address: text('address'),
        phone: text('phone'),
        type: text('household_type'),
        members: number('member_count') ?? 0,
        conflicts,
        found: haystack(reader, [text('householder')], [text('phone'), text('address')]),
      }
    case 'application':
    case 'case':
    case 'notice':
    case 'plan':
    case 'attendance':
      return keepCasework(
        { id, kind: source.kind, value, conflicts, standing: source.standing ?? null, nowMs: source.nowMs ?? 0 },
        (names, other) => haystack(reader, names, other),
      )
    case 'check':
      return { kind: 'check', id, conflicts }
  }
}

/** What people call a document. */
export function titleOf(kind: Kind, value: Value): string {
  switch (kind) {
    case 'household':
    case 'card':
      return asText(value['householder'])
    case 'need':
    case 'case':
    case 'notice':
    case 'plan':
      return asText(value['title'])
    case 'application':
      return asText(value['title']) || asText(value['applicant'])
    case 'village':
      return asText(value['name'])
    case 'journal':
    case 'attendance':
      return asText(value['year'])
    case 'check':
      return ''
  }
}

function haystack(reader: Reader, names: string[], other: string[]): string {
  const lines = new Set<string>()
  for (const name of names) {
    if (name === '') continue
    lines.add(name.toLowerCase())
    const { whole, initials } = reader.read(name)
    for (const line of [...whole, ...initials]) lines.add(line)
  }
  for (const line of other) if (line !== '') lines.add(line.toLowerCase())
  return [...lines].join('\n')
}

/** The end of an identity number: what people read out. */
function tail(idNumber: string): string {
  return idNumber.slice(-6)
}

function pairs(entries: Entries, key: string, name: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of Object.values(entries)) {
    const [id, called] = [asText(entry[key]), asText(entry[name])]
    if (id !== '' && called !== '') found[id] = called
  }
  return found
}
