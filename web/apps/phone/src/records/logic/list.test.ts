import { describe, expect, it } from 'vitest'
import type { HouseholdRow } from '@qiao/sync-client'
import { isAll, partsOf, toggled, without } from './filter'
import { headingAbove, withHeadings } from './list'

function row(id: string, group: number | null, village = 'v1'): HouseholdRow {
  return {
    id,
    village,
    group,
    number: id,
    householder: '沈清华',
    address: '',
    phone: '',
    type: '一般户',
    monitoring: '',
    risk: '',
    riskState: '',
    cadre: '',
    cadreName: '',
    members: 3,
    lastVisit: null,
    nextVisit: null,
    openNeeds: 0,
    answeredNeeds: 0,
    conflicts: 0,
    returned: 0,
    mark: { at: 'phone' },
    foundBy: '',
    loading: false,
  }
}

describe('the list', () => {
  it('has a heading before each group, with its count, also where two villages have the same group', () => {
    const items = withHeadings([row('a', 1), row('b', 1), row('c', 2), row('d', 2, 'v2'), row('e', null, 'v2')])
    expect(
      items.map((item) => (item.type === 'group' ? `${item.village}/${item.group}=${item.count}` : item.row.id)),
    ).toEqual(['v1/1=2', 'a', 'b', 'v1/2=1', 'c', 'v2/2=1', 'd', 'v2/null=1', 'e'])
  })

  it('knows the heading an item stands under', () => {
    expect(headingAbove([0, 3, 5], 4)).toBe(3)
    expect(headingAbove([0, 3, 5], 3)).toBe(3)
    expect(headingAbove([0, 3, 5], 90)).toBe(5)
    expect(headingAbove([], 2)).toBe(-1)
  })
})

describe('the filter', () => {
  it('says what it narrows by, and what is left without a part', () => {
    const filter = { village: 'v1', group: 3, mine: false, notVisitedDays: 90, text: '沈' }
    expect(partsOf(filter)).toEqual(['village', 'group', 'notVisitedDays'])
    expect(without(filter, 'village')).toEqual({ mine: false, notVisitedDays: 90, text: '沈' })
    expect(isAll({ text: ' ', mine: false })).toBe(true)
    expect(isAll({ group: 0 })).toBe(false)
  })

  it('takes a part off when it is chosen again', () => {
    expect(toggled({}, 'type', '脱贫户')).toEqual({ type: '脱贫户' })
    expect(toggled({ type: '脱贫户' }, 'type', '脱贫户')).toEqual({})
    expect(toggled({ type: '脱贫户' }, 'type', '一般户')).toEqual({ type: '一般户' })
  })
})
