import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { STATES_BY_ROLE, STATE_AFTER, deedOps, deedsOf, emptyNeed, isRaisable, needEdit, needState } from './need'

const table = readFileSync(
  fileURLToPath(new URL('../../../../../../sync-core/src/policy/table.txt', import.meta.url)),
  'utf8',
)
const doer = { person: 'p1', unit: null, today: '2026-11-23' }

describe('states of a need', () => {
  it('are set by the roles that the reviewed table names', () => {
    const [, words = ''] = table.split('States of a need\n')
    const lines = words.split('\n\n', 1).join('').trim().split('\n')
    const reviewed = Object.fromEntries(
      lines.map((line) => {
        const [role = '', ...states] = line.trim().split(/[\s,]+/)
        return [role, states]
      }),
    )
    expect(STATES_BY_ROLE).toEqual(reviewed)
  })

  it('are offered only where the role may set them', () => {
    expect(deedsOf('team', 'answered')).toEqual(['confirm', 'reopen', 'respond'])
    expect(deedsOf('unit', 'assigned')).toEqual(['accept', 'answer', 'hand_back', 'respond'])
    expect(deedsOf('township', 'solved')).toEqual(['close', 'reopen'])
    for (const role of ['team', 'unit', 'township'] as const)
      for (const state of ['open', 'assigned', 'answered', 'handed_back', 'solved', 'closed'] as const)
        for (const deed of deedsOf(role, state))
          if (deed !== 'respond') expect(STATES_BY_ROLE[role]).toContain(STATE_AFTER[deed])
    expect(deedsOf('county', 'open')).toEqual([])
  })

  it('begin open', () => {
    expect(needState(undefined)).toBe('open')
    expect(needState('something newer')).toBe('open')
    expect(needState('handed_back')).toBe('handed_back')
  })
})

describe('a deed', () => {
  it('puts a need before a unit', () => {
    expect(deedOps('route', {}, { unit: 'u1', due: '2026-12-01' }, doer)).toEqual([
      { op: 'set', path: ['unit'], value: 'u1' },
      { op: 'set', path: ['due'], value: '2026-12-01' },
      { op: 'set', path: ['state'], value: 'assigned' },
    ])
  })

  it('leaves it for the township, and clears a unit only where there is one', () => {
    expect(deedOps('leave', { unit: 'u1' }, {}, doer)).toEqual([
      { op: 'delete', path: ['unit'] },
      { op: 'set', path: ['state'], value: 'open' },
    ])
    expect(deedOps('leave', {}, {}, doer)).toEqual([{ op: 'set', path: ['state'], value: 'open' }])
  })

  it('confirms with day and name, and reopening takes both back', () => {
    const confirmed = deedOps('confirm', { result: '已修好', result_on: '2026-11-20' }, {}, doer)
    expect(confirmed).toEqual([
      { op: 'set', path: ['confirmed_on'], value: '2026-11-23' },
      { op: 'set', path: ['confirmed_by'], value: 'p1' },
      { op: 'set', path: ['state'], value: 'solved' },
    ])
    const value = { confirmed_on: '2026-11-23', confirmed_by: 'p1' }
    expect(deedOps('reopen', value, { reopened_reason: '又停水' }, doer)).toEqual([
      { op: 'set', path: ['reopened_reason'], value: '又停水' },
      { op: 'delete', path: ['confirmed_on'] },
      { op: 'delete', path: ['confirmed_by'] },
      { op: 'set', path: ['state'], value: 'reopened' },
    ])
  })

  it('adds a word to the thread with or without changing the state', () => {
    const [only, ...more] = deedOps('respond', {}, {}, { ...doer, unit: 'u1' }, '已派人查看')
    expect(more).toEqual([])
    expect(only).toEqual({
      op: 'add',
      path: ['responses'],
      value: { by: 'p1', at: '2026-11-23', text: '已派人查看', unit: 'u1' },
    })
    expect(deedOps('answer', {}, { result: '已通水' }, doer, '请验收').map((op) => op.op)).toEqual([
      'set',
      'set',
      'set',
      'add',
    ])
  })
})

describe('raising', () => {
  it('fills in who, when and the state, and leaves out what is empty', () => {
    const draft = { ...emptyNeed(), title: ' 水管冻裂 ', category: '水利' }
    expect(needEdit('h1', draft, doer)).toEqual({
      new: 'need',
      household: 'h1',
      value: {
        title: '水管冻裂',
        urgency: 'normal',
        state: 'open',
        raised_by: 'p1',
        raised_on: '2026-11-23',
        category: '水利',
      },
    })
    const routed = needEdit('h1', { ...draft, unit: 'u1', amount: 0 }, doer)
    expect('new' in routed && routed.value).toMatchObject({ unit: 'u1', state: 'assigned', amount_yuan: 0 })
  })

  it('needs a title', () => {
    expect(isRaisable(emptyNeed())).toBe(false)
    expect(isRaisable({ ...emptyNeed(), title: '  ' })).toBe(false)
    expect(isRaisable({ ...emptyNeed(), title: '水' })).toBe(true)
  })
})
