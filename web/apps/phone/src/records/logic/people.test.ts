import { describe, expect, it } from 'vitest'
import { age, birthDate, comeBack, hasLeft, leave, livingTogether, membersOf } from './people'

const entries = {
  c: { name: '沈小花', relation: '女', birth_date: '2019-05-01' },
  b: { name: '李凤艳', relation: '配偶', birth_date: '1962-08-05' },
  a: { name: '沈清华', relation: '户主', id_number: '541846195704111636' },
  d: { name: '沈国', relation: '子', birth_date: '1984-02-10', left_on: '2025-03-01', left_reason: '分户' },
  e: { name: '沈强', relation: '子', birth_date: '1986-02-10', living_together: false },
}

describe('members', () => {
  it('are listed with the householder first and who left last', () => {
    expect(membersOf(entries).map(({ fields }) => fields['name'])).toEqual([
      '沈清华',
      '李凤艳',
      '沈强',
      '沈小花',
      '沈国',
    ])
    expect(membersOf(undefined)).toEqual([])
  })

  it('have an age by birth date, or by identity number without one', () => {
    const [head, spouse, , girl] = membersOf(entries)
    expect(head && birthDate(head)).toBe('1957-04-11')
    expect(head && age(head, '2026-11-23')).toEqual({ years: 69 })
    expect(spouse && age(spouse, '2026-08-04')).toEqual({ years: 63 })
    expect(girl && age(girl, '2020-11-30')).toEqual({ months: 18 })
    expect(girl && age(girl, '2019-04-30')).toBeNull()
    expect(age({ key: 'x', fields: { name: '某' } }, '2026-11-23')).toBeNull()
  })

  it('count as living together unless they left or live elsewhere', () => {
    expect(livingTogether(membersOf(entries)).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
  })

  it('leave with a day and a reason, and stay in the file', () => {
    expect(leave('d', '2025-03-01', '分户')).toEqual([
      { op: 'set', path: ['members', 'd', 'left_on'], value: '2025-03-01' },
      { op: 'set', path: ['members', 'd', 'left_reason'], value: '分户' },
    ])
    const gone = membersOf(entries).find(hasLeft)
    expect(gone && comeBack(gone)).toEqual([
      { op: 'delete', path: ['members', 'd', 'left_on'] },
      { op: 'delete', path: ['members', 'd', 'left_reason'] },
    ])
  })
})
