/**
 * What a change under review would do, in the words of its document. Pure.
 *
 * Labels come from the catalogue the server serves; a field it does not name is shown by its key, never left out. Values
 * stay text: nothing here makes markup.
 */
import type { Schemas } from '@qiao/api-client'

export type Quarantined = Schemas['Quarantined']
export type Catalogue = Schemas['Catalogue']
type Field = Schemas['FieldWords']
export type Language = 'zh-CN' | 'en'

/** Names behind ids. */
export interface Names {
  person(id: string): string
  unit(id: string): string
  place(id: string): string
}

export interface Sentence {
  /** `set`: nothing stood there. `change`: another value did. `clear`: it is taken away. `add`: an entry begins. */
  what: 'set' | 'change' | 'clear' | 'add' | 'same'
  /** `家庭成员 · 张三 · 健康状况`. */
  label: string
  before: string
  after: string
  /** Whether the values are to be masked until somebody asks. */
  sensitive: boolean
}

const said = (words: { zh: string; en: string }, language: Language): string =>
  language === 'en' ? words.en : words.zh

function valueText(value: unknown, field: Field | undefined, names: Names, language: Language): string {
  if (value === null || value === undefined || value === '') return ''
  if (typeof value === 'boolean') return language === 'en' ? (value ? 'yes' : 'no') : value ? '是' : '否'
  if (typeof value === 'object') return ''
  const text = String(value)
  switch (field?.type) {
    case 'choice': {
      const choice = field.choices?.find((one) => one.code === text)
      return choice ? said(choice, language) : text
    }
    case 'person':
      return names.person(text)
    case 'unit':
      return names.unit(text)
    case 'place':
      return names.place(text)
    default:
      return text
  }
}

/** The sentences of one change, in its own order. */
export function sentences(change: Quarantined, catalogue: Catalogue, names: Names, language: Language): Sentence[] {
  const nodes = catalogue.kinds.find((kind) => kind.kind === change.kind)?.nodes ?? []
  /** What an entry calls itself, where this change says so: `张三` instead of its key. */
  const called = (root: string, key: string): string => {
    const named = change.changes.find(
      ({ path, after }) => path[0] === root && path[1] === key && path[2] === 'name' && typeof after === 'string',
    )
    return named ? String(named.after) : key
  }
  const fresh = new Set(
    change.changes.filter(({ path, after }) => path.length === 2 && isMap(after)).map(({ path }) => path.join('/')),
  )
  return change.changes.flatMap(({ path, before, after }): Sentence[] => {
    const [root = '?', second, third] = path
    const node = nodes.find((one) => one.name === root)
    const top = node ? said(node, language) : root
    if (path.length === 2 && isMap(after)) {
      return [{ what: 'add', label: `${top} · ${called(root, second ?? '')}`, before: '', after: '', sensitive: false }]
    }
    const name = third ?? (node?.form === 'group' || node?.form === 'entries' ? second : root) ?? root
    const field = node?.fields.find((one) => one.name === name)
    const label =
      node?.form === 'field'
        ? top
        : [top, third ? called(root, second ?? '') : null, field ? said(field, language) : name]
            .filter(Boolean)
            .join(' · ')
    const [was, willBe] = [valueText(before, field, names, language), valueText(after, field, names, language)]
    // An entry that begins here has nothing before it, whatever stands there now under the same key.
    const blank = was === '' || (third !== undefined && fresh.has(`${root}/${second}`) && was === '')
    const what = willBe === '' ? 'clear' : blank ? 'set' : was === willBe ? 'same' : 'change'
    return [
      {
        what,
        label: path.length > 3 ? path.join(' · ') : label,
        before: was,
        after: willBe,
        sensitive: field?.sensitive ?? false,
      },
    ]
  })
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** The kind of a document for people. */
export function kindName(kind: string, catalogue: Catalogue, language: Language): string {
  if (language === 'en') return kind
  return catalogue.kinds.find((one) => one.kind === kind)?.zh ?? kind
}

/** The words of a reason; its code where a newer server has one this catalogue does not. */
export function reasonText(code: string, catalogue: Catalogue, language: Language): string {
  const reason = catalogue.reasons.find((one) => one.code === code)
  return reason ? said(reason, language) : code
}
