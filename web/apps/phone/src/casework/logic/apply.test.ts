import { describe, expect, it } from 'vitest'
import { type Application, applicationEdit, emptyApplication, lacksOf, openingOf } from './apply'
import { beginningOf, isRequired, lacksOneOf, unspoken } from './event'

const said: Application = { ...emptyApplication(), procedure: 'minimum_living', applicant: '王芳' }
const by = { role: 'committee' as const, today: '2026-11-23' }

describe('an application', () => {
  it('is a draft with what was said, and nothing that was left empty', () => {
    expect(applicationEdit('h1', { ...said, declared: { members_count: 3, property: null } }, false, by)).toEqual({
      new: 'application',
      household: 'h1',
      value: {
        procedure: 'minimum_living',
        applicant: '王芳',
        raised_on: '2026-11-23',
        declared: { members_count: 3 },
      },
    })
  })

  it('is handed in for somebody with a mandate and their signature, and not without', () => {
    expect(lacksOf(said, false, 'team')).toEqual([])
    expect(lacksOf(said, true, 'committee')).toEqual(['mandate', 'authorised'])
    expect(lacksOf({ ...said, authorised: true }, true, 'township')).toEqual([])
    const edit = applicationEdit('h1', { ...said, mandate: '手印', authorised: true }, true, by)
    expect('value' in edit && edit.value['events']).toEqual([
      {
        event: 'submit',
        role: 'committee',
        procedure: 'minimum_living',
        applicant: '王芳',
        on: '2026-11-23',
        authorised: true,
        mandate: '手印',
        by_proxy: true,
      },
    ])
  })

  it('of an emergency is a report of what happened: help comes before paper', () => {
    expect(openingOf('temporary_emergency')).toBe('emergency_reported')
    const emergency = { ...said, procedure: 'temporary_emergency' }
    expect(lacksOf(emergency, true, 'team')).toEqual(['description'])
    const edit = applicationEdit('h1', { ...emergency, description: '房屋失火' }, true, { ...by, role: 'team' })
    expect('value' in edit && edit.value['events']).toMatchObject([
      { event: 'emergency_reported', role: 'team', text: '房屋失火' },
    ])
  })
})

describe('the form of an event', () => {
  const doc = {
    value: {
      procedure: 'minimum_living',
      events: { a1: { event: 'lead', risk: '因病' }, a2: { event: 'home_check', risk: '因残' } },
    },
  }

  it('begins with the day, the applicant and what was said last', () => {
    expect(beginningOf(['on', 'applicant', 'risk', 'text'], doc, '王芳', '2026-11-23')).toEqual({
      on: '2026-11-23',
      applicant: '王芳',
      risk: '因残',
      text: null,
    })
  })

  it('says for whom a committee applies without being told', () => {
    expect(unspoken('submit', doc, 'committee')).toEqual({ procedure: 'minimum_living', by_proxy: true })
    expect(unspoken('submit', doc, 'township')).toEqual({ procedure: 'minimum_living' })
    expect(unspoken('visit', doc, 'team')).toEqual({})
  })

  it('asks why a family has not signed, and a mandate of a proxy alone', () => {
    expect(lacksOneOf('survey_form', { family_signed: null, reason: null })).toEqual(['reason'])
    expect(lacksOneOf('survey_form', { family_signed: true, reason: null })).toEqual([])
    expect(lacksOneOf('commitment', { authorised: false })).toEqual(['authorised'])
    expect(isRequired('mandate', true, 'township')).toBe(false)
    expect(isRequired('mandate', false, 'committee')).toBe(true)
  })
})
