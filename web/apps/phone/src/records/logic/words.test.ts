import { describe, expect, it } from 'vitest'
import { fieldAt } from './catalogue'
import { catalogue, names } from './fixture'
import { asText, linesOf } from './returned'
import { type Words, entryTitle, inWords, pathInWords, valueAt } from './words'

const words: Words = {
  lang: 'zh',
  yes: '是',
  no: '否',
  person: (id) => (names.people as Record<string, string>)[id] ?? id,
  unit: (id) => (names.units as Record<string, string>)[id] ?? id,
  date: (day) => day,
  yuan: (sum) => `¥${sum}`,
}
const held = { phone: '15800000000', members: { k1: { name: '沈清华', sex: '男' } } }

describe('words', () => {
  it('says a value as its field means it', () => {
    const say = (path: string[], value: string | number | boolean) =>
      inWords(fieldAt(catalogue, 'household', path), value, words)
    expect(say(['power'], true)).toBe('是')
    expect(say(['expense_medical_yuan'], 1200)).toBe('¥1200')
    expect(say(['assistance', 'k', 'unit'], 'u1')).toBe('县水务局')
    expect(say(['assistance', 'k', 'unit'], 'u9')).toBe('u9')
    expect(inWords(fieldAt(catalogue, 'need', ['urgency']), 'urgent', words)).toBe('紧急')
  })

  it('calls a path by its labels and the entry by its name', () => {
    expect(pathInWords(catalogue, 'household', ['phone'], 'zh')).toBe('联系电话')
    expect(pathInWords(catalogue, 'household', ['guarantees', 'water'], 'zh')).toBe('三保障及饮水等 · 饮水安全有保障')
    expect(pathInWords(catalogue, 'household', ['members', 'k1', 'sex'], 'zh', '沈清华')).toBe(
      '家庭成员 · 沈清华 · 性别',
    )
    expect(pathInWords(catalogue, 'household', ['members', 'k1'], 'zh')).toBe('家庭成员')
    expect(pathInWords(catalogue, 'household', ['newer_field'], 'zh')).toBe('newer_field')
    expect(entryTitle(held, ['members', 'k1', 'sex'])).toBe('沈清华')
    expect(valueAt(held, ['members', 'k2', 'sex'])).toBeUndefined()
  })
})

describe('a refused edit', () => {
  it('says what it wanted and what stands there now', () => {
    const lines = linesOf(
      [
        { op: 'set', path: ['phone'], value: '13800000000' },
        { op: 'delete', path: ['members', 'k1', 'sex'] },
        { op: 'add', path: ['members'], key: 'k2', value: { name: '沈小花', sex: '女' } },
      ],
      'household',
      catalogue,
      words,
      held,
    )
    expect(lines).toEqual([
      { label: '联系电话', value: '13800000000', now: '15800000000', sensitive: true },
      { label: '家庭成员 · 沈清华 · 性别', value: null, now: '男', sensitive: false },
      { label: '家庭成员 · 沈小花 · 姓名', value: '沈小花', now: null, sensitive: false },
      { label: '家庭成员 · 沈小花 · 性别', value: '女', now: null, sensitive: false },
    ])
    expect(asText('沈清华', '不在您负责的范围内。', lines.slice(0, 2), '（清空）')).toBe(
      '沈清华\n不在您负责的范围内。\n联系电话：13800000000\n家庭成员 · 沈清华 · 性别：（清空）',
    )
  })
})
