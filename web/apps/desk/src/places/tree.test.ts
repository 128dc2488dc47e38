import { expect, test } from 'vitest'
import { levelAbove, moveOf, pathOf, placeIndex, treeOf, within, type Place } from './tree'

const places: Place[] = [
  { id: '5301', level: 'county', name: '清水县' },
  { id: '530101', parent: '5301', level: 'township', name: '东山乡' },
  { id: '530102', parent: '5301', level: 'township', name: '西河镇' },
  { id: '53010102', parent: '530101', level: 'village', name: '白石村' },
  { id: '53010101', parent: '530101', level: 'village', name: '青山村' },
  { id: '5301010101', parent: '53010101', level: 'group', name: '一组' },
]

test('the tree lies in the order of codes, and paths read from the county down', () => {
  const [county] = treeOf(places)
  expect(county?.children.map((one) => one.name)).toEqual(['东山乡', '西河镇'])
  expect(county?.children[0]?.children.map((one) => one.name)).toEqual(['青山村', '白石村'])
  expect(pathOf(placeIndex(places), '5301010101').map((one) => one.name)).toEqual([
    '清水县',
    '东山乡',
    '青山村',
    '一组',
  ])
  expect(levelAbove('county')).toBeNull()
})

test('an administrator of one township sees it as the root', () => {
  const own = places.filter((place) => place.id.startsWith('530101'))
  expect(treeOf(own).map((one) => one.name)).toEqual(['东山乡'])
  expect(within(own, '530101').size).toBe(4)
})

test('a circle in bad data ends', () => {
  const circle: Place[] = [
    { id: 'a', parent: 'b', level: 'village', name: 'a' },
    { id: 'b', parent: 'a', level: 'township', name: 'b' },
  ]
  expect(pathOf(placeIndex(circle), 'a').length).toBeLessThanOrEqual(4)
})

test('moving a village says who sees it no longer and who will', () => {
  const people = [
    { name: '李敏', role: 'team', places: ['53010101'] },
    { name: '王强', role: 'team', places: ['53010102'] },
    { name: '东山管理员', role: 'admin', places: ['530101'] },
    { name: '县管理员', role: 'admin', places: ['5301'] },
    { name: '西河管理员', role: 'admin', places: ['530102'] },
    { name: '总管理员', role: 'admin', places: [] },
  ]
  const devices = [
    { name: '东山乡电脑', role: 'township', places: ['530101'] },
    { name: '西河镇电脑', role: 'township', places: ['530102'] },
    { name: '县电脑', role: 'county', places: ['5301'] },
    { name: '李敏手机', role: 'team', places: ['53010101'] },
  ]
  const move = moveOf(places, '53010101', '530102', people, devices)
  expect(move.villages.map((one) => one.name)).toEqual(['青山村'])
  expect(move.groups.map((one) => one.name)).toEqual(['一组'])
  expect(move.people.map((one) => one.name)).toEqual(['李敏'])
  expect(move.losing.map((one) => one.name)).toEqual(['东山乡电脑'])
  expect(move.gaining.map((one) => one.name)).toEqual(['西河镇电脑'])
  expect(move.administrators.losing.map((one) => one.name)).toEqual(['东山管理员'])
  expect(move.administrators.gaining.map((one) => one.name)).toEqual(['西河管理员'])
})
