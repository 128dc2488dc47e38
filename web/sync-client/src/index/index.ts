/**
 * Lists and search over everything held, from kept rows alone.
 *
 * Owns the rows in memory and what follows from several of them (last visits, open needs, order). Stores nothing itself:
 * it is told of rows and marks, and asked.
 */
import type {
  CaseworkFilter,
  CaseworkRow,
  DateText,
  DocId,
  Duplicate,
  HouseholdFilter,
  HouseholdRow,
  Mark,
  NeedFilter,
  NeedRow,
  Page,
  Today,
} from '../api'
import { PAGE_ROWS_MAX, TODAY_ROWS_MAX } from '../limits'
import { isCasework, type KeptCasework } from './casework'
import { aged, chosen, rowOf } from './casework-list'
import { dayOf, daysBetween } from './dates'
import type { Kept, KeptCard, KeptHousehold, KeptJournal, KeptNeed } from './kept'
import { foundBy, match, words } from './search'

/** Where changes of a document are that the server has not confirmed. */
export type Pending = 'phone' | 'waiting'

const DONE = new Set(['solved', 'closed'])
const URGENCY = ['emergency', 'urgent', 'normal']

interface Visits {
  last: DateText | null
  next: DateText | null
}

export class Index {
  private readonly kept = new Map<DocId, Kept>()
  private readonly pending = new Map<DocId, Pending>()
  /** Local edits without a final verdict, as last stored. */
  unsent = 0
  private readonly since = new Map<DocId, number>()
  private readonly returned = new Map<DocId, number>()
  /** Journals and needs by household. */
  private readonly journals = new Map<DocId, Map<DocId, KeptJournal>>()
  private readonly needsOf = new Map<DocId, Map<DocId, KeptNeed>>()
  private readonly cards = new Map<DocId, KeptCard>()
  private readonly works = new Map<DocId, KeptCasework>()
  private readonly visits = new Map<DocId, Visits>()
  /** Households in the order of lists, made when asked for. */
  private order: (KeptHousehold | KeptCard)[] | null = null

  constructor(private readonly now: () => number) {}

  // Being told.

  put(kept: Kept): void {
    this.remove(kept.id)
    this.kept.set(kept.id, kept)
    if (kept.kind === 'journal') this.under(this.journals, kept.household).set(kept.id, kept)
    if (kept.kind === 'need') this.under(this.needsOf, kept.household).set(kept.id, kept)
    if (isWork(kept)) this.works.set(kept.id, kept)
    if (kept.kind === 'card') this.cards.set(kept.household, kept)
    if (kept.kind === 'journal') this.visits.delete(kept.household)
    if (kept.kind === 'household' || kept.kind === 'card') this.order = null
  }

  remove(id: DocId): void {
    const old = this.kept.get(id)
    if (!old) return
    this.kept.delete(id)
    this.works.delete(id)
    if (old.kind === 'journal') {
      this.journals.get(old.household)?.delete(id)
      this.visits.delete(old.household)
    }
    if (old.kind === 'need') this.needsOf.get(old.household)?.delete(id)
    if (old.kind === 'card') this.cards.delete(old.household)
    if (old.kind === 'household' || old.kind === 'card') this.order = null
  }

  setPending(id: DocId, pending: Pending | null): void {
    if (pending === null) this.pending.delete(id)
    else this.pending.set(id, pending)
  }

  setSince(id: DocId, ms: number): void {
    this.since.set(id, ms)
  }

  setReturned(counts: Map<DocId, number>): void {
    this.returned.clear()
    for (const [id, count] of counts) this.returned.set(id, count)
  }

  clear(): void {
    for (const map of [
      this.kept,
      this.pending,
      this.since,
      this.returned,
      this.journals,
      this.needsOf,
      this.cards,
      this.works,
      this.visits,
    ])
      map.clear()
    this.order = null
    this.unsent = 0
  }

  // Being asked.

  get size(): number {
    return this.kept.size
  }

  get(id: DocId): Kept | undefined {
    return this.kept.get(id)
  }

  pendingOf(id: DocId): Pending | null {
    return this.pending.get(id) ?? null
  }

  pendingDocs(): Map<DocId, Pending> {
    return this.pending
  }

  mark(id: DocId): Mark {
    const pending = this.pending.get(id)
    return pending ? { at: pending } : { at: 'server', sinceMs: this.since.get(id) ?? null }
  }

  conflicts(): number {
    let sum = 0
    for (const kept of this.kept.values()) sum += kept.conflicts
    return sum
  }

  /** Documents with fields of more than one value. */
  conflicted(): DocId[] {
    return [...this.kept.values()].filter((kept) => kept.conflicts > 0).map((kept) => kept.id)
  }

  title(id: DocId): string {
    const kept = this.kept.get(id)
    switch (kept?.kind) {
      case 'household':
      case 'card':
        return kept.householder
      case 'need':
        return kept.title
      case 'village':
        return kept.name
      case 'journal':
        return this.householder(kept.household)
      case 'application':
      case 'case':
      case 'plan':
        return kept.title || kept.applicant || this.householder(kept.household)
      case 'notice':
        return kept.title
      case 'attendance':
        return `${kept.attendance?.year}-${String(kept.attendance?.month).padStart(2, '0')}`
      default:
        return ''
    }
  }

  /** Whose document it is: its household, or itself. */
  householdOf(id: DocId): DocId | null {
    const kept = this.kept.get(id)
    if (kept?.kind === 'household') return id
    return kept && 'household' in kept ? kept.household : null
  }

  households(filter: HouseholdFilter, me: string | null, from: number, count: number): Page<HouseholdRow> {
    const wanted = words(filter.text ?? '')
    const today = dayOf(this.now())
    const best: (KeptHousehold | KeptCard)[] = []
    const rest: (KeptHousehold | KeptCard)[] = []
    for (const kept of this.ordered()) {
      if (!this.fits(kept, filter, me, today)) continue
      const fit = wanted.length === 0 ? 2 : match(kept.found, wanted)
      if (fit === 2) best.push(kept)
      else if (fit === 1) rest.push(kept)
    }
    const found = best.concat(rest)
    const rows = found.slice(from, from + Math.min(count, PAGE_ROWS_MAX)).map((kept) => this.row(kept, wanted))
    return { total: found.length, rows }
  }

  household(id: DocId): HouseholdRow | null {
    const kept = this.kept.get(id) ?? this.cards.get(id)
    return kept?.kind === 'household' || kept?.kind === 'card' ? this.row(kept) : null
  }

  needs(filter: NeedFilter, from: number, count: number): Page<NeedRow> {
    const wanted = words(filter.text ?? '')
    const today = dayOf(this.now())
    const source =
      filter.household === undefined ? this.kept.values() : (this.needsOf.get(filter.household)?.values() ?? [])
    const found: KeptNeed[] = []
    for (const kept of source) {
      if (kept.kind !== 'need') continue
      const done = DONE.has(kept.state)
      const show = filter.show ?? 'all'
      if (show === 'open' && done) continue
      if (show === 'done' && !done) continue
      if (show === 'answered' && kept.state !== 'answered') continue
      if (show === 'overdue' && !overdue(kept, today)) continue
      if (filter.village !== undefined && this.villageOf(kept.household) !== filter.village) continue
      if (wanted.length > 0 && match(`${kept.found}\n${this.foundOf(kept.household)}`, wanted) === 0) continue
      found.push(kept)
    }
    found.sort((a, b) => this.byUrgency(a, b, today))
    const rows = found.slice(from, from + Math.min(count, PAGE_ROWS_MAX)).map((kept) => this.needRow(kept, today))
    return { total: found.length, rows }
  }

  casework(filter: CaseworkFilter, from: number, count: number): Page<CaseworkRow> {
    const found = chosen(this.works.values(), filter, (kept) => ({
      village: kept.village || this.villageOf(kept.household),
      found: kept.household === '' ? '' : this.foundOf(kept.household),
    }))
    const rows = found.slice(from, from + Math.min(count, PAGE_ROWS_MAX)).map((kept) => this.workRow(kept))
    return { total: found.length, rows }
  }

  /** Casework whose clocks were looked at on another day. */
  agedCasework(): DocId[] {
    return aged(this.works.values(), dayOf(this.now()))
  }

  /** Journals of a household, newest year first. */
  journalsOf(household: DocId): DocId[] {
    return [...(this.journals.get(household)?.keys() ?? [])].sort().reverse()
  }

  today(me: string | null): Omit<Today, 'news' | 'conflicts' | 'returned'> {
    const today = dayOf(this.now())
    const active = this.ordered().filter((kept) => kept.kind === 'household' && kept.active && !kept.loading)
    const paired = active.filter((kept) => kept.kind === 'household' && me !== null && kept.cadre === me)
    // Who has households of their own sees those; who has none sees the village.
    const mine = paired.length > 0 ? paired : active
    const visited = (days: number) =>
      active.filter((kept) => {
        const last = this.visitsOf(kept.id).last
        return last !== null && (daysBetween(last, today) ?? Infinity) <= days
      }).length
    const open = this.needs({ show: 'open' }, 0, Number.MAX_SAFE_INTEGER)
    const followUps = mine
      .filter((kept) => (this.visitsOf(kept.id).next ?? '9') <= today)
      .sort((a, b) => compare(this.visitsOf(a.id).next ?? '', this.visitsOf(b.id).next ?? ''))
    const longest = [...mine].sort((a, b) => compare(this.visitsOf(a.id).last ?? '', this.visitsOf(b.id).last ?? ''))
    return {
      answered: this.needs({ show: 'answered' }, 0, TODAY_ROWS_MAX).rows,
      overdue: this.needs({ show: 'overdue' }, 0, TODAY_ROWS_MAX).rows,
      followUps: followUps.slice(0, TODAY_ROWS_MAX).map((kept) => this.row(kept)),
      longest: longest.slice(0, TODAY_ROWS_MAX).map((kept) => this.row(kept)),
      counts: { households: active.length, visited30: visited(30), visited90: visited(90), needsOpen: open.total },
    }
  }

  villages(): { id: DocId; name: string }[] {
    const found = new Map<DocId, string>()
    for (const kept of this.kept.values()) {
      if (kept.kind === 'village') found.set(kept.id, kept.name)
      else if (kept.kind === 'household' && kept.village !== '' && !found.has(kept.village)) found.set(kept.village, '')
    }
    return [...found].map(([id, name]) => ({ id, name: name || id })).sort((a, b) => compare(a.id, b.id))
  }

  groups(village: string): number[] {
    const found = new Set<number>()
    for (const kept of this.kept.values()) {
      if (kept.kind === 'household' && kept.village === village && kept.group !== null) found.add(kept.group)
      if (kept.kind === 'village' && kept.id === village) for (const group of kept.groups) found.add(group)
    }
    return [...found].sort((a, b) => a - b)
  }

  names(): { people: Record<string, string>; units: Record<string, string> } {
    const people: Record<string, string> = {}
    const units: Record<string, string> = {}
    for (const kept of this.kept.values()) {
      if (kept.kind === 'village') {
        Object.assign(people, kept.people)
        Object.assign(units, kept.units)
      } else if (kept.kind === 'household' && kept.cadre !== '' && kept.cadreName !== '') {
        people[kept.cadre] ??= kept.cadreName
      }
    }
    return { people, units }
  }

  duplicates(of: {
    household?: DocId
    village: string
    group?: number
    name?: string
    idNumber?: string
  }): Duplicate[] {
    const idNumber = (of.idNumber ?? '').trim().toUpperCase()
    const name = (of.name ?? '').trim()
    const found: Duplicate[] = []
    for (const kept of this.kept.values()) {
      if (kept.kind !== 'household' || kept.id === of.household) continue
      const { id: household, householder, group } = kept
      const same = idNumber === '' ? undefined : kept.members.find(([, number]) => number === idNumber)
      if (same) found.push({ household, householder, group, member: same[0] || null, why: 'id_number' })
      else if (name !== '' && kept.village === of.village && of.group !== undefined && group === of.group) {
        const namesake = householder === name ? '' : kept.members.find(([called]) => called === name)?.[0]
        if (namesake !== undefined)
          found.push({ household, householder, group, member: namesake || null, why: 'name_in_group' })
      }
    }
    return found.sort((a, b) => compare(a.why, b.why))
  }

  // Following from several rows.

  private ordered(): (KeptHousehold | KeptCard)[] {
    if (this.order) return this.order
    const keyed: [string, KeptHousehold | KeptCard][] = []
    for (const kept of this.kept.values()) {
      if (kept.kind === 'household')
        keyed.push([
          `${kept.village}\u0001${wide(kept.group)}\u0001${natural(kept.number)}\u0001${kept.householder}`,
          kept,
        ])
      else if (kept.kind === 'card' && !this.kept.has(kept.household)) {
        keyed.push([`${kept.villageName}\u0001${wide(kept.group)}\u0001${kept.householder}`, kept])
      }
    }
    keyed.sort(([a], [b]) => compare(a, b))
    this.order = keyed.map(([, kept]) => kept)
    return this.order
  }

  private fits(kept: KeptHousehold | KeptCard, filter: HouseholdFilter, me: string | null, today: DateText): boolean {
    if (filter.group !== undefined && kept.group !== filter.group) return false
    if (filter.type !== undefined && kept.type !== filter.type) return false
    if (filter.notVisitedDays !== undefined) {
      const last = this.visitsOf(idOf(kept)).last
      if (last !== null && (daysBetween(last, today) ?? Infinity) < filter.notVisitedDays) return false
    }
    if (kept.kind === 'card') {
      return filter.village === undefined && filter.monitored === undefined && filter.risk === undefined && !filter.mine
    }
    if (filter.village !== undefined && kept.village !== filter.village) return false
    if (filter.monitored !== undefined && (kept.monitoring !== '' || kept.type === '监测对象') !== filter.monitored)
      return false
    if (filter.risk !== undefined && kept.risk !== filter.risk) return false
    return !filter.mine || (me !== null && kept.cadre === me)
  }

  private row(kept: KeptHousehold | KeptCard, wanted: string[] = []): HouseholdRow {
    const id = idOf(kept)
    const { last, next } = this.visitsOf(id)
    const needs = [...(this.needsOf.get(id)?.values() ?? [])]
    const journals = [...(this.journals.get(id)?.values() ?? [])]
    const docs = [kept.id, ...journals.map((journal) => journal.id)]
    const pending = docs.map((doc) => this.pending.get(doc))
    const at = pending.includes('phone') ? 'phone' : pending.includes('waiting') ? 'waiting' : null
    const sum = (of: Map<DocId, number>) =>
      [...docs, ...needs.map((need) => need.id)].reduce((sum, doc) => sum + (of.get(doc) ?? 0), 0)
    const common = {
      id,
      group: kept.group,
      householder: kept.householder,
      address: kept.address,
      phone: kept.phone,
      type: kept.type,
      lastVisit: last,
      nextVisit: next,
      openNeeds: needs.filter((need) => !DONE.has(need.state)).length,
      answeredNeeds: needs.filter((need) => need.state === 'answered').length,
      conflicts: kept.conflicts + journals.reduce((sum, journal) => sum + journal.conflicts, 0),
      returned: sum(this.returned),
      mark: at ? ({ at } as Mark) : this.mark(kept.id),
    }
    if (kept.kind === 'card') {
      const none = { number: '', monitoring: '', risk: '', riskState: '', cadre: '', cadreName: '' }
      return { ...common, ...none, village: kept.villageName, members: kept.members, foundBy: '', loading: false }
    }
    const { village, number, monitoring, risk, riskState, cadre, cadreName, loading } = kept
    return {
      ...common,
      village,
      number,
      monitoring,
      risk,
      riskState,
      cadre,
      cadreName,
      members: kept.members.length,
      foundBy: wanted.length === 0 ? '' : foundBy(kept, wanted),
      loading,
    }
  }

  private needRow(kept: KeptNeed, today: DateText): NeedRow {
    const household = this.kept.get(kept.household) ?? this.cards.get(kept.household)
    const { id, title, category, urgency, state, unit, cadre, raisedOn, due, plannedOn, responses, seen, conflicts } =
      kept
    return {
      id,
      household: kept.household,
      householder: this.householder(kept.household),
      village: this.villageOf(kept.household),
      group: household && 'group' in household ? household.group : null,
      title,
      category,
      urgency,
      state,
      unit,
      cadre,
      raisedOn,
      due,
      plannedOn,
      overdue: overdue(kept, today),
      responses,
      seen,
      mark: this.mark(id),
      conflicts,
    }
  }

  private workRow(kept: KeptCasework): CaseworkRow {
    const household = this.kept.get(kept.household)
    return rowOf(kept, {
      householder: this.householder(kept.household) || kept.applicant,
      village: kept.village || this.villageOf(kept.household),
      group: household?.kind === 'household' ? household.group : null,
      mark: this.mark(kept.id),
      returned: this.returned.get(kept.id) ?? 0,
    })
  }

  private byUrgency(a: KeptNeed, b: KeptNeed, today: DateText): number {
    const rank = (need: KeptNeed) =>
      need.state === 'answered'
        ? 0
        : overdue(need, today)
          ? 1
          : DONE.has(need.state)
            ? 9
            : 2 + Math.max(URGENCY.indexOf(need.urgency), 0)
    return (
      rank(a) - rank(b) ||
      compare(a.due ?? '9', b.due ?? '9') ||
      compare(b.raisedOn ?? '', a.raisedOn ?? '') ||
      compare(a.id, b.id)
    )
  }

  private visitsOf(household: DocId): Visits {
    const known = this.visits.get(household)
    if (known) return known
    const all = [...(this.journals.get(household)?.values() ?? [])].flatMap((journal) => journal.visits)
    const corrected = new Set(all.flatMap((visit) => visit.corrects ?? []))
    const standing = all.filter((visit) => !corrected.has(visit.key) && visit.date !== '')
    const last = standing.reduce<DateText | null>(
      (last, visit) => (last === null || visit.date > last ? visit.date : last),
      null,
    )
    // A promised visit is kept by any visit on that day or later.
    const due = standing.flatMap((visit) =>
      visit.nextOn !== null && (last === null || visit.nextOn > last) ? visit.nextOn : [],
    )
    const visits = { last, next: due.sort()[0] ?? null }
    this.visits.set(household, visits)
    return visits
  }

  private householder(household: DocId): string {
    const kept = this.kept.get(household) ?? this.cards.get(household)
    return kept?.kind === 'household' || kept?.kind === 'card' ? kept.householder : ''
  }

  private villageOf(household: DocId): string {
    const kept = this.kept.get(household)
    return kept?.kind === 'household' ? kept.village : (this.cards.get(household)?.villageName ?? '')
  }

  private foundOf(household: DocId): string {
    const kept = this.kept.get(household) ?? this.cards.get(household)
    return kept?.kind === 'household' || kept?.kind === 'card' ? kept.found : ''
  }

  private under<T>(map: Map<DocId, Map<DocId, T>>, household: DocId): Map<DocId, T> {
    let found = map.get(household)
    if (!found) map.set(household, (found = new Map()))
    return found
  }
}

function isWork(kept: Kept): kept is KeptCasework {
  return isCasework(kept.kind)
}

function idOf(kept: KeptHousehold | KeptCard): DocId {
  return kept.kind === 'card' ? kept.household : kept.id
}

function overdue(need: KeptNeed, today: DateText): boolean {
  return need.due !== null && need.due < today && !DONE.has(need.state)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function wide(group: number | null): string {
  return group === null ? '~' : String(group).padStart(4, '0')
}

/** Digits padded, so that 2 comes before 10. */
function natural(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.padStart(8, '0'))
}
