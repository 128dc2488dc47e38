import { beforeEach, expect, test } from 'vitest'
import type { Entries, Kind, Value } from '../api'
import { Index } from './index'
import { keep } from './kept'
import { makeReader, type Reader } from './pinyin'
import * as table from './pinyin-table'
import { match, words } from './search'

const TODAY = new Date(2026, 4, 1, 12).getTime()
const reader: Reader = makeReader(table)
let index: Index

beforeEach(() => {
  index = new Index(() => TODAY)
})

function put(id: string, kind: Kind, value: Value) {
  index.put(keep({ id, kind, value, conflicts: 0, loading: false }, reader))
}
function household(id: string, value: Value) {
  put(id, 'household', { village: 'V1', ...value })
}
function visits(household: string, list: Record<string, string>[]) {
  const entries: Entries = Object.fromEntries(list.map((visit, key) => [`k${key}`, visit]))
  put(`${household}.j2026`, 'journal', { household, year: 2026, visits: entries })
}
const ids = (filter: Parameters<Index['households']>[0], me: string | null = null) =>
  index.households(filter, me, 0, 100).rows.map((row) => row.id)

test('names are read in whole and by initials, surnames as surnames', () => {
  expect(reader.read('张三')).toEqual({ whole: ['zhangsan'], initials: ['zs'] })
  expect(reader.read('单田芳').whole).toContain('shantianfang')
  expect(reader.read('曾国').whole).toContain('zengguo')
  expect(reader.read('吕布').whole).toEqual(['lvbu'])
  expect(reader.read('Anna').whole).toEqual(['anna'])
})

test('every word must occur; letters begin a line', () => {
  const found = 'wang xiuying\nwangxiuying\nwxy\n13800001111\n01001x'
  expect(match(found, words('wxy'))).toBe(2)
  expect(match(found, words('WANG 138'))).toBe(2)
  expect(match(found, words('1111'))).toBe(1)
  expect(match(found, words('xy'))).toBe(0)
  expect(match(found, words('wang li'))).toBe(0)
})

test('households come in the order of village, group and number', () => {
  household('a', { group: 10, number: '2' })
  household('b', { group: 2, number: '10' })
  household('c', { group: 2, number: '9' })
  household('d', { number: '1' })
  expect(ids({})).toEqual(['c', 'b', 'a', 'd'])
})

test('a household is found by anybody who lives there', () => {
  household('a', {
    householder: '王秀英',
    phone: '13800001111',
    members: { m1: { name: '李强', id_number: '52270119700101001X' } },
  })
  household('b', { householder: '赵六', members: { m1: { name: '孙七', left_on: '2020-01-01' } } })
  for (const text of ['王', 'wxy', 'wangxiu', '李强', 'lq', '1111', '01001x', '秀英 lq'])
    expect(ids({ text }), text).toEqual(['a'])
  expect(ids({ text: '孙七' })).toEqual([])
})

test('a search says who of the household it found, unless that is the householder', () => {
  household('a', {
    householder: '王秀英',
    phone: '13800001111',
    members: {
      m1: { name: '王秀英', id_number: '522701196001010020' },
      m2: { name: '李强', id_number: '52270119700101001X' },
      m3: { name: '李梅' },
    },
  })
  const by = (text: string) => index.households({ text }, null, 0, 10).rows.map((row) => row.foundBy)
  for (const text of ['李强', 'lq', 'liqiang', '01001x', '王 lq']) expect(by(text), text).toEqual(['李强'])
  for (const text of ['lm', '梅']) expect(by(text), text).toEqual(['李梅'])
  for (const text of ['王', 'wxy', '1111', '010020', '']) expect(by(text), text).toEqual([''])
})

test('the last visit counts, corrected ones do not, and a promise is kept by any later visit', () => {
  household('a', {})
  visits('a', [
    { date: '2026-01-10', next_on: '2026-02-01' },
    { date: '2026-03-01', next_on: '2026-04-01' },
    { date: '2026-04-20', corrects: 'k3' },
    { date: '2026-05-20' },
  ])
  expect(index.household('a')).toMatchObject({ lastVisit: '2026-04-20', nextVisit: null })
  visits('a', [{ date: '2026-03-01', next_on: '2026-04-01' }])
  expect(index.household('a')).toMatchObject({ lastVisit: '2026-03-01', nextVisit: '2026-04-01' })
  expect(index.today(null).followUps.map((row) => row.id)).toEqual(['a'])
})

test('filters narrow down, alone and together', () => {
  household('a', { group: 1, household_type: '监测对象', risk: '因病', cadre: 'wang' })
  household('b', { group: 1, household_type: '一般户', monitoring_type: '边缘易致贫户' })
  household('c', { group: 2, household_type: '一般户', village: 'V2' })
  visits('c', [{ date: '2026-04-25' }])
  expect(ids({ group: 1 })).toEqual(['a', 'b'])
  expect(ids({ monitored: true })).toEqual(['a', 'b'])
  expect(ids({ monitored: false })).toEqual(['c'])
  expect(ids({ mine: true }, 'wang')).toEqual(['a'])
  expect(ids({ notVisitedDays: 30 })).toEqual(['a', 'b'])
  expect(ids({ village: 'V2', type: '一般户' })).toEqual(['c'])
  expect(ids({ risk: '因病', group: 2 })).toEqual([])
})

test('answered needs come first, then those overdue, then by urgency', () => {
  household('a', { householder: '王秀英' })
  const need = (id: string, value: Value) => put(id, 'need', { household: 'a', title: id, ...value })
  need('n1', { state: 'open', urgency: 'normal' })
  need('n2', { state: 'assigned', urgency: 'emergency', due: '2026-06-01' })
  need('n3', { state: 'in_progress', due: '2026-04-30' })
  need('n4', { state: 'answered' })
  need('n5', { state: 'closed', due: '2026-01-01' })
  expect(index.needs({}, 0, 10).rows.map((row) => row.id)).toEqual(['n4', 'n3', 'n2', 'n1', 'n5'])
  expect(index.needs({ show: 'open' }, 0, 10).total).toBe(4)
  expect(index.needs({ show: 'overdue' }, 0, 10).rows.map((row) => row.id)).toEqual(['n3'])
  expect(index.needs({ text: 'wxy' }, 0, 10).total).toBe(5)
  expect(index.household('a')).toMatchObject({ openNeeds: 4, answeredNeeds: 1 })
  index.remove('n4')
  expect(index.household('a')).toMatchObject({ openNeeds: 3, answeredNeeds: 0 })
})

test('duplicates are told by identity number anywhere, by name within the group', () => {
  household('a', {
    group: 1,
    householder: '王秀英',
    members: { m: { name: '王秀英', id_number: '52270119700101001x' } },
  })
  household('b', { group: 2, householder: '王秀英' })
  const of = { village: 'V1', group: 2, name: '王秀英', idNumber: '52270119700101001X' }
  expect(index.duplicates(of).map((one) => [one.household, one.why])).toEqual([
    ['a', 'id_number'],
    ['b', 'name_in_group'],
  ])
  expect(index.duplicates({ ...of, household: 'b', idNumber: '' })).toEqual([])
})

test('the mark of a household tells of its visits, too', () => {
  household('a', {})
  visits('a', [{ date: '2026-04-01' }])
  index.setSince('a', 5)
  expect(index.household('a')?.mark).toEqual({ at: 'server', sinceMs: 5 })
  index.setPending('a.j2026', 'waiting')
  expect(index.household('a')?.mark).toEqual({ at: 'waiting' })
  index.setPending('a', 'phone')
  expect(index.household('a')?.mark).toEqual({ at: 'phone' })
})

test('a thousand households are searched within a few milliseconds', () => {
  for (let no = 0; no < 1_000; no++) {
    household(`h${no}`, {
      group: no % 9,
      number: String(no),
      householder: `王秀英${no}`,
      members: { a: { name: '李强' }, b: { name: '赵六' } },
    })
  }
  ids({})
  const began = performance.now()
  for (let round = 0; round < 10; round++) expect(index.households({ text: 'zl' }, null, 0, 30).total).toBe(1_000)
  expect((performance.now() - began) / 10).toBeLessThan(50)
})
