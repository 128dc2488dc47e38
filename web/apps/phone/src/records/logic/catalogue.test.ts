import { describe, expect, it } from 'vitest'
import {
  choiceLabel,
  entriesOf,
  fieldAt,
  groupOf,
  label,
  langOf,
  mayAdd,
  mayDeleteEntry,
  mayWrite,
  rootFields,
} from './catalogue'
import { catalogue } from './fixture'

describe('the catalogue', () => {
  it('finds a field at the root, in a group and in an entry, and nothing elsewhere', () => {
    expect(fieldAt(catalogue, 'household', ['phone'])?.zh).toBe('联系电话')
    expect(fieldAt(catalogue, 'household', ['guarantees', 'water'])?.type).toBe('bool')
    expect(fieldAt(catalogue, 'household', ['members', 'k1', 'name'])?.zh).toBe('姓名')
    expect(fieldAt(catalogue, 'household', ['members', 'name'])).toBeUndefined()
    expect(fieldAt(catalogue, 'household', ['phone', 'x'])).toBeUndefined()
    expect(fieldAt(catalogue, 'household', ['guarantees'])).toBeUndefined()
    expect(fieldAt(catalogue, 'household', [])).toBeUndefined()
  })

  it('tells groups, entries and root fields apart', () => {
    expect(groupOf(catalogue, 'household', 'members')).toBeUndefined()
    expect(entriesOf(catalogue, 'household', 'guarantees')).toBeUndefined()
    expect(rootFields(catalogue, 'household').map((field) => field.name)).not.toContain('members')
  })

  it('says what this role may do', () => {
    const may = (name: string) =>
      rootFields(catalogue, 'household')
        .filter((field) => field.name === name)
        .map(mayWrite)
    expect(may('verified_at')).toEqual([false])
    expect(may('phone')).toEqual([true])
    expect(mayAdd(catalogue, 'household', 'members')).toBe(true)
    expect(mayDeleteEntry(catalogue, 'household', 'members')).toBe(true)
    expect(mayDeleteEntry(catalogue, 'household', 'assistance')).toBe(false)
    expect(mayDeleteEntry(catalogue, 'journal', 'visits')).toBe(false)
  })

  it('shows a choice in the language, and a value beyond the choices as it is', () => {
    const urgency = fieldAt(catalogue, 'need', ['urgency'])
    expect(choiceLabel(urgency, 'urgent', 'zh')).toBe('紧急')
    expect(choiceLabel(urgency, 'urgent', 'en')).toBe('urgent')
    expect(choiceLabel(urgency, '本地特有', 'en')).toBe('本地特有')
    expect(label({ zh: '甲' }, 'en')).toBe('甲')
    expect(langOf('zh-CN')).toBe('zh')
    expect(langOf('en')).toBe('en')
  })
})
