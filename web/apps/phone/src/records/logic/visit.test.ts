import { describe, expect, it } from 'vitest'
import type { VisitRow } from '@qiao/sync-client'
import { emptyNeed } from './need'
import { correctionOf, emptyVisit, isWorthKeeping, missingIn, threadsOf, visitEdits } from './visit'

const today = '2026-11-23'
const doer = { person: 'p1', unit: null, today }

function row(key: string, date: string, corrects: string | null = null): VisitRow {
  return {
    doc: 'h1.j2026',
    key,
    household: 'h1',
    date,
    author: 'p1',
    authorName: '陈志远',
    purpose: '日常走访',
    presence: '户主在家',
    found: `记录 ${key}`,
    promised: '',
    nextOn: null,
    corrects,
    mark: { at: 'phone' },
  }
}

describe('a visit', () => {
  it('goes into the journal of its own year, with author and day, and without what is empty', () => {
    const draft = { ...emptyVisit('h1', '2025-12-31', '日常走访'), found: ' 老人身体尚可 ', presence: '户主在家' }
    expect(visitEdits(draft, doer)).toEqual([
      {
        doc: 'h1.j2025',
        ops: [
          {
            op: 'add',
            path: ['visits'],
            value: {
              date: '2025-12-31',
              author: 'p1',
              purpose: '日常走访',
              presence: '户主在家',
              found: '老人身体尚可',
            },
          },
        ],
      },
    ])
  })

  it('takes its needs along in the same step', () => {
    const draft = {
      ...emptyVisit('h1', today, '日常走访'),
      found: '水管冻裂',
      needs: [{ ...emptyNeed(), title: '修水管' }],
    }
    const edits = visitEdits(draft, doer)
    expect(edits).toHaveLength(2)
    expect(edits[1]).toMatchObject({ new: 'need', household: 'h1', value: { title: '修水管', raised_by: 'p1' } })
  })

  it('says something and not tomorrow', () => {
    const draft = emptyVisit('h1', today, '日常走访')
    expect(missingIn(draft, today)).toBe('found')
    expect(missingIn({ ...draft, presence: '无人在家' }, today)).toBeNull()
    expect(missingIn({ ...draft, found: '好', date: '2026-11-24' }, today)).toBe('date')
    expect(missingIn({ ...draft, found: '好', needs: [emptyNeed()] }, today)).toBe('need')
  })

  it('is worth keeping once something was typed', () => {
    const draft = emptyVisit('h1', today, '日常走访')
    expect(isWorthKeeping(draft)).toBe(false)
    expect(isWorthKeeping({ ...draft, promised: '下周带药' })).toBe(true)
  })
})

it('names no author where none is known yet', () => {
  const draft = { ...emptyVisit('h1', today, '日常走访'), found: '好', needs: [{ ...emptyNeed(), title: '修水管' }] }
  const text = JSON.stringify(visitEdits(draft, { ...doer, person: '' }))
  expect(text).not.toContain('author')
  expect(text).not.toContain('raised_by')
})

describe('a correction', () => {
  it('is a visit of the same day that names the one it corrects', () => {
    const draft = correctionOf(row('a', '2026-03-05'))
    expect(draft).toMatchObject({ household: 'h1', date: '2026-03-05', corrects: 'a', found: '记录 a' })
    const [edit] = visitEdits(draft, doer)
    expect(edit).toMatchObject({ doc: 'h1.j2026', ops: [{ value: { corrects: 'a' } }] })
  })

  it('is shown in place of what it corrects, the older text under it', () => {
    const threads = threadsOf([
      row('d', '2026-09-01'),
      row('c', '2026-03-05', 'b'),
      row('b', '2026-03-05', 'a'),
      row('a', '2026-03-05'),
    ])
    expect(threads.map(({ shown, earlier }) => [shown.key, ...earlier.map(({ key }) => key)])).toEqual([
      ['d'],
      ['c', 'b', 'a'],
    ])
  })

  it('of something that is not here stands alone, and two that name each other do not hang', () => {
    expect(threadsOf([row('x', '2026-03-05', 'gone')])).toHaveLength(1)
    expect(threadsOf([row('x', '2026-03-05', 'y'), row('y', '2026-03-05', 'x')]).length).toBeGreaterThan(0)
  })
})
