import { expect, test } from 'vitest'
import { reasonText, sentences, type Catalogue, type Quarantined } from './sentences'

const field = (name: string, zh: string, type = 'text', more: object = {}) => ({
  name,
  zh,
  en: name,
  type,
  sensitive: false,
  ...more,
})
const catalogue: Catalogue = {
  kinds: [
    {
      kind: 'household',
      zh: '户档',
      nodes: [
        { name: 'remark', form: 'field', zh: '备注', en: 'remark', fields: [field('remark', '备注')] },
        {
          name: 'cadre',
          form: 'field',
          zh: '帮扶责任人',
          en: 'cadre',
          fields: [field('cadre', '帮扶责任人', 'person')],
        },
        {
          name: 'guarantees',
          form: 'group',
          zh: '三保障',
          en: 'guarantees',
          fields: [field('water', '饮水安全', 'choice', { choices: [{ code: 'safe', zh: '安全', en: 'safe' }] })],
        },
        {
          name: 'members',
          form: 'entries',
          zh: '家庭成员',
          en: 'members',
          fields: [
            field('name', '姓名'),
            field('id_number', '身份证号', 'id_number', { sensitive: true }),
            field('insured', '参保', 'bool'),
          ],
        },
      ],
    },
  ],
  reasons: [{ code: 'device_revoked', zh: '设备已停用', en: 'revoked' }],
}
const names = {
  person: (id: string) => (id === 'p1' ? '李敏' : id),
  unit: (id: string) => id,
  place: (id: string) => id,
}
const change = (changes: [string[], unknown, unknown][]): Quarantined =>
  ({
    no: 1,
    device: 2,
    device_id: 'd',
    person: 'p1',
    doc: 'h001',
    kind: 'household',
    village: 'v1',
    reason: 'device_revoked',
    claimed_s: 0,
    received_ms: 0,
    changes: changes.map(([path, before, after]) => ({ path, before, after })),
  }) as Quarantined
const read = (changes: [string[], unknown, unknown][]) => sentences(change(changes), catalogue, names, 'zh-CN')

test('a field says what stood there and what would', () => {
  expect(read([[['remark'], '旧', '新']])).toEqual([
    { what: 'change', label: '备注', before: '旧', after: '新', sensitive: false },
  ])
  expect(read([[['remark'], null, '新']])[0]?.what).toBe('set')
  expect(read([[['remark'], '旧', null]])[0]?.what).toBe('clear')
})

test('choices and people are named', () => {
  expect(read([[['guarantees', 'water'], null, 'safe']])[0]).toMatchObject({
    label: '三保障 · 饮水安全',
    after: '安全',
  })
  expect(read([[['cadre'], null, 'p1']])[0]).toMatchObject({ after: '李敏' })
})

test('a new member is called by name, and numbers are masked', () => {
  const all = read([
    [['members', 'm1'], null, {}],
    [['members', 'm1', 'name'], null, '张三'],
    [['members', 'm1', 'id_number'], null, '530122199001011234'],
    [['members', 'm1', 'insured'], null, true],
  ])
  expect(all.map((one) => [one.what, one.label, one.after, one.sensitive])).toEqual([
    ['add', '家庭成员 · 张三', '', false],
    ['set', '家庭成员 · 张三 · 姓名', '张三', false],
    ['set', '家庭成员 · 张三 · 身份证号', '530122199001011234', true],
    ['set', '家庭成员 · 张三 · 参保', '是', false],
  ])
})

test('what the catalogue does not know is shown by its keys', () => {
  expect(read([[['later', 'x', 'y'], 1, 2]])[0]).toMatchObject({ label: 'later · x · y', before: '1', after: '2' })
  expect(reasonText('of_tomorrow', catalogue, 'zh-CN')).toBe('of_tomorrow')
})
