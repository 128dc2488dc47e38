import { expect, test } from 'vitest'
import { addDays, firstOfNextMonth, monthsUpTo } from './days'
import { categoryOf, lastDay, makeNotice, noticeOf, tellsNumbers, textOf, type NoticeFacts } from './notice'

const facts: NoticeFacts = {
  assistance: '最低生活保障',
  householder: '王秀兰',
  village: '青山村',
  membersCount: 3,
  amountYuan: 1560,
  proposal: 'include',
  from: '2026-11-20',
  until: '2026-11-27',
  contact: '东山乡民政办，0871-65550000',
  office: '东山乡人民政府',
}

test('a notice of what is proposed says who, where, how many and until when, and no amount', () => {
  const text = textOf(makeNotice(facts))
  for (const said of ['王秀兰', '青山村', '3人', '2026年11月27日', '0871-65550000', '东山乡人民政府'])
    expect(text).toContain(said)
  expect(text).not.toContain('1,560')
})

test.each(['include', 'monitor', 'clear', 'approved'] as const)(
  'a kept notice of “%s” hangs as it was made',
  (proposal) => {
    const made = makeNotice({ ...facts, proposal })
    expect(noticeOf(textOf(made))).toEqual(made)
  },
)

test('what was approved is published with its amount', () => {
  expect(textOf(makeNotice({ ...facts, proposal: 'approved' }))).toContain('1,560元')
})

test('a notice lasts seven days beyond the day it begins, over the end of a month', () => {
  expect(lastDay('2026-11-27', 7)).toBe('2026-12-04')
})

test.each([
  ['身份证 530102197001010017', true],
  ['账号 6228 4800 1234 5678 901', true],
  ['手机 139 0000 1111', true],
  ['13900001111', true],
  ['民政办 0871-65550000', false],
  ['热线 12345，2026-11-27 前', false],
])('numbers of persons are found in “%s”: %s', (text, found) => {
  expect(tellsNumbers(text)).toBe(found)
})

test('every procedure has a category', () => {
  expect(
    ['minimum_living', 'extreme_hardship', 'temporary_expenditure', 'monitoring', 'medical'].map(categoryOf),
  ).toEqual(['低保公示', '特困公示', '临时救助公示', '监测对象公示', '其他'])
})

test('days go over the ends of months and years', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
  expect(firstOfNextMonth('2026-12-31')).toBe('2027-01-01')
  expect(monthsUpTo('2026-02', 4)).toEqual(['2025-11', '2025-12', '2026-01', '2026-02'])
})
