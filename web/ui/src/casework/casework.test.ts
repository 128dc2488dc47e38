import { beforeAll, describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CaseNext, CaseworkRow, Catalogue, Role } from '@qiao/sync-client'
import { catalogue as catalogueOf, initSync } from '../../../wasm-pkg/qiao.js'
import { clockIcon, clockTone, clockWords } from './clock'
import { eventForm, eventValue, fieldsOf, mayEvent, offered, waitsFor } from './events'

const of: Partial<Record<Role, Catalogue>> = {}
function catalogue(role: Role): Catalogue {
  return (of[role] ??= catalogueOf(role) as unknown as Catalogue)
}

beforeAll(() => {
  const file = fileURLToPath(new URL('../../../wasm-pkg/qiao_bg.wasm', import.meta.url))
  initSync({ module: readFileSync(file) })
})

function next(event: string, roles: Role[], lacks = false): CaseNext {
  const missing = lacks ? [{ zh: '缺', en: 'lacks', articles: [] }] : []
  return { event, name: { zh: event, en: event }, roles, missing, asks: [] }
}

describe('the form of an event', () => {
  it('has a field of the catalogue for everything it asks, for every sort there is', () => {
    for (const kind of ['application', 'case'] as const) {
      const events = catalogue('township').kinds[kind].nodes.find((node) => node.name === 'events')
      const sorts =
        events?.node === 'entries' ? events.fields.find((field) => field.name === 'event')?.choices : undefined
      expect(sorts?.length).toBeGreaterThan(20)
      for (const { value: sort } of sorts ?? []) {
        const form = eventForm(catalogue('township'), kind, sort)
        expect(form.map(({ field }) => field.name)).toEqual(fieldsOf(kind, sort).map((name) => name.replace('?', '')))
      }
    }
  })

  it('offers only the conclusions its sort can draw, and no months where one sum is paid', () => {
    const conclusion = eventForm(catalogue('township'), 'application', 'check_result')[0]?.field
    expect(conclusion?.choices?.map((choice) => choice.value)).toEqual(['passed', 'failed'])
    expect(fieldsOf('application', 'approve', 'minimum_living')).toContain('pay_from')
    expect(fieldsOf('application', 'approve', 'temporary_expenditure')).not.toContain('pay_from')
  })

  it('writes the role of its author, and nothing that was left empty', () => {
    expect(eventValue('note', 'team', { text: '走访', place: '', on: null })).toEqual({
      event: 'note',
      role: 'team',
      text: '走访',
    })
    expect(eventValue('note', 'team', { text: 'x' }, 'k1')['corrects']).toBe('k1')
  })
})

describe('what is offered', () => {
  it('is never what the table of rights forbids, whatever a procedure says', () => {
    expect(mayEvent(catalogue('team'), 'application', 'accept')).toBe(false)
    expect(mayEvent(catalogue('team'), 'application', 'objection')).toBe(true)
    const all = [next('accept', ['team', 'township']), next('objection', ['team'])]
    expect(offered(all, 'team', catalogue('team'), 'application')).toEqual({ main: [], beside: [all[1]] })
    expect(offered(all, 'county', catalogue('county'), 'application')).toEqual({ main: [], beside: [] })
  })

  it('begins with what lacks nothing', () => {
    const all = [next('opinion', ['township'], true), next('survey_form', ['township'])]
    const { main } = offered(all, 'township', catalogue('township'), 'application')
    expect(main.map((one) => one.event)).toEqual(['survey_form', 'opinion'])
  })
})

type Row = Parameters<typeof waitsFor>[0]
function row(changes: Partial<CaseworkRow>): Row {
  return { next: [], since: [], holder: null, investigators: [], clock: null, closed: false, ...changes }
}

describe('what waits for somebody', () => {
  const survey = row({ next: [next('survey_form', ['village_cadre', 'township'])], investigators: ['p7', 'p8'] })

  it('is the survey for each investigator until they have written theirs', () => {
    expect(waitsFor(survey, { role: 'village_cadre', person: 'p7' })).toBe('survey_form')
    expect(waitsFor(survey, { role: 'village_cadre', person: 'p9' })).toBeNull()
    const since = [{ event: 'survey_form', person: 'p7' }]
    expect(waitsFor({ ...survey, since }, { role: 'village_cadre', person: 'p7' })).toBeNull()
    expect(waitsFor({ ...survey, since }, { role: 'village_cadre', person: 'p8' })).toBe('survey_form')
  })

  it('is the posting of a notice, once', () => {
    const posted = row({ next: [next('notice_posted', ['committee'])], holder: 'township' })
    const me = { role: 'committee' as const, person: 'p1' }
    expect(waitsFor(posted, me)).toBe('notice_posted')
    expect(waitsFor({ ...posted, since: [{ event: 'notice_posted', person: 'p2' }] }, me)).toBeNull()
    expect(waitsFor(posted, { role: 'team', person: 'p1' })).toBeNull()
  })

  it('is the home check of a lead for the village, and nothing once the case is closed', () => {
    const lead = row({ next: [next('home_check', ['team', 'committee'])], holder: 'team' })
    expect(waitsFor(lead, { role: 'committee', person: 'p1' })).toBe('home_check')
    expect(waitsFor({ ...lead, closed: true }, { role: 'team', person: 'p1' })).toBeNull()
    expect(waitsFor(lead, { role: 'township', person: 'p1' })).toBeNull()
  })
})

describe('a clock', () => {
  const limit = { unit: 'working_days' as const, count: 10 }

  it('says in words what is left or late, in the unit of its limit', () => {
    const says = (status: 'running' | 'warning' | 'overdue' | 'paused', left: number | null, unit = limit.unit) =>
      clockWords({ status, left, limit: { unit, count: 10 } })
    expect(says('running', 5)).toEqual({ key: 'leftWorkingDays', n: 5 })
    expect(says('warning', 0)).toEqual({ key: 'today', n: 0 })
    expect(says('overdue', -2)).toEqual({ key: 'overdueWorkingDays', n: 2 })
    expect(says('overdue', 0)).toEqual({ key: 'overdue', n: 0 })
    expect(says('paused', 3)).toEqual({ key: 'paused', n: 0 })
    expect(clockWords({ status: 'running', left: 4, limit: { unit: 'days', count: 7 } }).key).toBe('leftDays')
  })

  it('has a sign of its own for late, still and done', () => {
    const signs = (['running', 'overdue', 'paused', 'met'] as const).map(clockIcon)
    expect(new Set(signs).size).toBe(4)
    expect(clockTone('overdue')).toBe('danger')
  })
})
