import { expect, test } from 'vitest'
import { cellsOf, columnsOf, roleOf, rowsOf, type Defaults } from './names'
import type { Person } from '../data/directory'

const person = (id: string, name: string, places: string[], phone?: string): Person => ({
  id,
  name,
  phone: phone ?? null,
  role: 'team',
  places,
  unit: null,
  active: true,
  created_ms: 0,
  updated_ms: 0,
})
const register = {
  people: [person('p1', '李敏', ['v1'], '13800138000'), person('p2', '李敏', ['v2']), person('p3', '王强', ['v1'])],
  places: [
    { id: 'v1', parent: 't1', level: 'village' as const, name: '青山村' },
    { id: 'v2', parent: 't1', level: 'village' as const, name: '白石村' },
    { id: 'v3', parent: 't2', level: 'village' as const, name: '白石村' },
  ],
  units: [{ id: 'u1', name: '县水务局' }],
}
const defaults: Defaults = { role: 'team', places: ['v1'], unit: null }
const read = (text: string) => {
  const cells = cellsOf(text)
  const { columns, headed } = columnsOf(cells)
  return rowsOf(cells, columns, headed, defaults, register)
}

test('a sheet with headings is read in any order of columns', () => {
  const rows = read('序号\t手机号\t姓名\t所在村\n1\t138 0013 8001\t赵云\t青山村')
  expect(rows).toMatchObject([
    { line: 2, name: '赵云', phone: '13800138001', places: ['v1'], person: null, trouble: null },
  ])
})

test('a bare list of names is enough where the rest holds for all', () => {
  const rows = read('赵云\n\n孙丽')
  expect(rows.map(({ name, places, role }) => [name, places, role])).toEqual([
    ['赵云', ['v1'], 'team'],
    ['孙丽', ['v1'], 'team'],
  ])
})

test('columns without headings are known by what stands in them', () => {
  const { columns, headed } = columnsOf(cellsOf('赵云, 13800138001, 第一书记, 青山村\n孙丽, 13800138002, 队员, 青山村'))
  expect({ columns, headed }).toEqual({ columns: ['name', 'phone', 'role', 'place'], headed: false })
})

test('two people of one name are told apart by phone or village, and never guessed', () => {
  expect(read('姓名,手机\n李敏,13800138000')[0]?.person?.id).toBe('p1')
  expect(read('姓名,村\n李敏,v2')[0]?.person?.id).toBe('p2')
  expect(read('李敏')[0]).toMatchObject({ person: null, trouble: 'two_people' })
})

test('what cannot be right is said by row', () => {
  const troubles = (text: string) => read(text).map((row) => row.trouble)
  expect(troubles('姓名,村\n赵云,白石村\n赵云,无名村\n,青山村')).toEqual(['two_places', 'unknown_place', 'no_name'])
  expect(troubles('姓名,手机\n赵云,12')).toEqual(['bad_phone'])
  expect(troubles('王强\n王强')).toEqual([null, 'twice'])
})

test('roles are known by the words of the field', () => {
  expect([roleOf('第一书记'), roleOf('村委会主任'), roleOf('包村干部'), roleOf('帮扶干部'), roleOf('')]).toEqual([
    'team',
    'committee',
    'village_cadre',
    'unit',
    null,
  ])
})
