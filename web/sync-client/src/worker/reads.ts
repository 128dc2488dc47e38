/** What screens are shown: rows from the index, documents from the device, and both put together. */
import type {
  CaseStanding,
  CaseworkFilter,
  CaseworkRow,
  Conflict,
  Doc,
  DocId,
  Duplicate,
  HouseholdFilter,
  HouseholdRow,
  Mark,
  Me,
  NeedFilter,
  NeedRow,
  Page,
  Returned,
  Role,
  Today,
  VisitRow,
} from '../api'
import { ClientError } from '../api'
import type { Index } from '../index/index'
import type { FieldConflict } from '../engine/port'
import { titleOf } from '../index/kept'
import { seenOf } from '../index/seen'
import { asText, entries } from '../index/values'
import type { Device } from './device'
import { kindOf } from './words'

export interface ReadParts {
  now: () => number
  me: () => Me | null
  /** The device once it has started. */
  device: () => Promise<Device>
  /** Makes rows again that a new day has overtaken. */
  makeAnew: (ids: DocId[]) => void
  /** The device if it has. */
  early: () => Device | null
}

export class Reads {
  constructor(
    private readonly index: Index,
    private readonly parts: ReadParts,
  ) {}

  households(filter: HouseholdFilter, from: number, count: number): Page<HouseholdRow> {
    return this.index.households(filter, this.parts.me()?.person ?? null, from, count)
  }

  household(id: DocId): HouseholdRow | null {
    return this.index.household(id)
  }

  needs(filter: NeedFilter, from: number, count: number): Page<NeedRow> {
    return this.index.needs(filter, from, count)
  }

  casework(filter: CaseworkFilter, from: number, count: number): Page<CaseworkRow> {
    const aged = this.index.agedCasework()
    if (aged.length > 0) this.parts.makeAnew(aged)
    return this.index.casework(filter, from, count)
  }

  async caseStanding(id: DocId): Promise<CaseStanding | null> {
    const device = await this.parts.device()
    if (!device.holds(id)) return null
    return device.caseStanding(id)
  }

  villages(): { id: DocId; name: string }[] {
    const known = this.index.villages()
    const mine = this.parts.me()?.villages ?? []
    const missing = mine.filter((id) => !known.some((village) => village.id === id)).map((id) => ({ id, name: id }))
    return [...known, ...missing]
  }

  groups(village: string): number[] {
    return this.index.groups(village)
  }

  names(): { people: Record<string, string>; units: Record<string, string> } {
    const { people, units } = this.index.names()
    const me = this.parts.me()
    return { people: { ...people, ...this.parts.early()?.people(), ...(me ? { [me.person]: me.name } : {}) }, units }
  }

  duplicates(of: {
    household?: DocId
    village: string
    group?: number
    name?: string
    idNumber?: string
  }): Duplicate[] {
    return this.index.duplicates(of)
  }

  async visits(household: DocId): Promise<VisitRow[]> {
    const device = await this.parts.device()
    const names = this.names().people
    const rows: VisitRow[] = []
    for (const doc of this.index.journalsOf(household)) {
      const { value } = await device.show(doc)
      const pending = pendingKeys(device, doc)
      const settled: Mark = this.index.pendingOf(doc) ? { at: 'server', sinceMs: null } : this.index.mark(doc)
      for (const [key, visit] of Object.entries(entries(value, 'visits'))) {
        const text = (name: string) => asText(visit[name])
        rows.push({
          doc,
          key,
          household,
          date: text('date'),
          author: text('author'),
          authorName: names[text('author')] ?? '',
          purpose: text('purpose'),
          presence: text('presence'),
          found: text('found'),
          promised: text('promised'),
          nextOn: text('next_on') || null,
          corrects: text('corrects') || null,
          mark: pending.get(key) ?? settled,
        })
      }
    }
    return rows.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : a.key < b.key ? 1 : -1))
  }

  async doc(id: DocId): Promise<Doc> {
    const device = await this.parts.device()
    if (!device.holds(id)) {
      const early = device.early(id)
      if (early)
        return { id, kind: early.kind, value: early.fields, conflicts: [], seen: [], mark: this.index.mark(id) }
    }
    const { kind, value, conflicts } = await device.show(id)
    const title = titleOf(kind, value)
    const sides = conflicts.map((one) => ({ doc: id, kind, title, ...shownConflict(one, this.parts.me()) }))
    const seen = kind === 'need' ? seenOf(value) : []
    return { id, kind, value, conflicts: sides, seen, mark: this.index.mark(id) }
  }

  async conflicts(): Promise<Conflict[]> {
    const device = await this.parts.device()
    const found: Conflict[] = []
    for (const id of this.index.conflicted()) {
      try {
        const { kind, conflicts } = await device.show(id)
        const title = this.index.title(id)
        found.push(...conflicts.map((one) => ({ doc: id, kind, title, ...shownConflict(one, this.parts.me()) })))
      } catch (error) {
        // It may have left in between.
        if (!(error instanceof ClientError)) throw error
      }
    }
    return found
  }

  async returned(): Promise<Returned[]> {
    const device = await this.parts.device()
    const found: Returned[] = []
    for (const { no, doc, kind, code, zh, en, at, returned_ms: returnedMs, ops } of device.returned()) {
      const problem = { code, zh: zh || code, en: en || code, retryAfterS: 0 }
      const title = this.index.title(doc)
      found.push({
        no,
        doc,
        kind,
        title,
        problem,
        atMs: at * 1000,
        returnedMs,
        ops,
        redoable: await device.redoable(no),
      })
    }
    return found
  }

  today(): Today {
    const me = this.parts.me()
    const device = this.parts.early()
    const news = (device?.newsSince() ?? []).map(({ doc, atMs, by }) => ({
      doc,
      kind: this.index.get(doc)?.kind ?? kindOf(doc),
      title: this.index.title(doc),
      by,
      atMs,
    }))
    return {
      ...this.index.today(me?.person ?? null),
      news: news.filter((one) => this.index.get(one.doc)).reverse(),
      conflicts: this.index.conflicts(),
      returned: device?.status().returned ?? 0,
    }
  }
}

function shownConflict({ path, values }: FieldConflict, me: Me | null): Pick<Conflict, 'path' | 'values'> {
  return {
    path,
    values: values.map(({ value, at, person = '', name = '', role }) => ({
      value,
      atMs: at * 1000,
      person,
      name,
      role: (role ?? null) as Role | null,
      mine: me !== null && person === me.person,
    })),
  }
}

/** Entries of a document that the server has not confirmed. */
function pendingKeys(device: Device, doc: DocId): Map<string, Mark> {
  const keys = new Map<string, Mark>()
  for (const edit of device.look.pending()) {
    if (edit.doc !== doc) continue
    for (const op of edit.ops) {
      const key = op.op === 'add' ? op.key : op.path[1]
      if (key !== undefined)
        keys.set(key, edit.state === 'parked' || edit.state === 'quarantined' ? { at: 'waiting' } : { at: 'phone' })
    }
  }
  return keys
}
