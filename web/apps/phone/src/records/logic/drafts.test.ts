import { describe, expect, it } from 'vitest'
import {
  NEW_HOUSEHOLD_DRAFT,
  applyDraftKey,
  deedDraftKey,
  eventDraftKey,
  formDraftKey,
  householdOf,
  laterDraftKey,
  leadDraftKey,
  needDraftKey,
  planDraftKey,
  routeOfDraft,
  visitDraftKey,
} from './drafts'

describe('a draft leads back to where it was typed', () => {
  it.each([
    [visitDraftKey('v-1', null), '/visit/new?household=v-1'],
    [visitDraftKey('v-1', 'k2'), '/visit/new?household=v-1&corrects=k2'],
    [needDraftKey('v-1'), '/needs/new?household=v-1'],
    [deedDraftKey('v-1.nk2', 'reopen'), '/needs/v-1.nk2?deed=reopen'],
    [eventDraftKey('v-1.aabcde2', 'submit', null), '/work/v-1.aabcde2/submit'],
    [eventDraftKey('v-1.aabcde2', 'visit', 'k3'), '/work/v-1.aabcde2/visit?corrects=k3'],
    [applyDraftKey('v-1'), '/work/apply?household=v-1'],
    [leadDraftKey('v-1'), '/work/lead?household=v-1'],
    [planDraftKey('v-1'), '/work/plans/new?household=v-1'],
    [formDraftKey('v-1.pabcde2', ['measures', 'new']), '/work/plans/v-1.pabcde2/measures'],
    [laterDraftKey('17'), '/visit/new?later=17'],
    [NEW_HOUSEHOLD_DRAFT, '/households/new'],
    [formDraftKey('v-1', []), '/households/v-1/edit'],
    [formDraftKey('v-1', ['guarantees']), '/households/v-1/guarantees'],
    [formDraftKey('v-1', ['members', 'new']), '/households/v-1/members/new'],
    [formDraftKey('v-1.nk2', []), '/needs/v-1.nk2/edit'],
  ])('%s', (key, to) => {
    const ofNone = key === NEW_HOUSEHOLD_DRAFT || key === laterDraftKey('17')
    expect(routeOfDraft(key)).toMatchObject({ to, household: ofNone ? null : 'v-1' })
  })

  it('also where the name of the household has a dot', () => {
    expect(householdOf('v.1')).toBe('v.1')
    expect(householdOf('v.1.j2026')).toBe('v.1')
    expect(householdOf('v.1.nk2')).toBe('v.1')
    expect(routeOfDraft(formDraftKey('v.1', ['guarantees']))).toMatchObject({ to: '/households/v.1/guarantees' })
  })

  it('and what is of another screen is left alone', () => {
    expect(routeOfDraft('walk-up')).toBeNull()
    expect(routeOfDraft('visit:')).toBeNull()
  })
})
