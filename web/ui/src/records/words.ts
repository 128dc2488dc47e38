/** Values and paths in words: what a field is called and what it says, for people. */
import type { Catalogue, CatalogueField, Kind, Scalar } from '@qiao/sync-client'
import { type Lang, choiceLabel, fieldAt, label, nodeOf } from './catalogue'

/** How values are said: the language, names of people and units, and the formats of the app. */
export interface Words {
  lang: Lang
  yes: string
  no: string
  person: (id: string) => string
  unit: (id: string) => string
  date: (day: string) => string
  yuan: (sum: number) => string
}

/** A value of a field in words. */
export function inWords(field: CatalogueField | undefined, value: Scalar, words: Words): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no
  switch (field?.type) {
    case 'yuan':
      return typeof value === 'number' ? words.yuan(value) : value
    case 'choice':
      return choiceLabel(field, String(value), words.lang)
    case 'person':
      return words.person(String(value))
    case 'unit':
      return words.unit(String(value))
    case 'date':
      return words.date(String(value))
    default:
      return String(value)
  }
}

/** What a path is called: `家庭成员 · 沈清华 · 姓名`. The entry's title is given where it is known. */
export function pathInWords(
  catalogue: Catalogue,
  kind: Kind,
  path: readonly string[],
  lang: Lang,
  entry?: string,
): string {
  const node = nodeOf(catalogue, kind, path[0] ?? '')
  const field = fieldAt(catalogue, kind, path)
  const parts = [
    node && (node.node !== 'field' || !field) ? label(node, lang) : undefined,
    node?.node === 'entries' ? (entry ?? (node.key === 'year' ? path[1] : undefined)) : undefined,
    field ? label(field, lang) : undefined,
  ]
  return parts.filter(Boolean).join(' · ') || path.join(' · ')
}

/** The value at a path of a document; undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): Scalar | undefined {
  const found = path.reduce<unknown>((at, part) => (at as Record<string, unknown> | null | undefined)?.[part], value)
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? found : undefined
}

/** What an entry of a document is called by: the member's name, the measure. */
export function entryTitle(value: unknown, path: readonly string[]): string | undefined {
  const [container = '', key = ''] = path
  for (const name of ['name', 'measure', 'title', 'unit_name']) {
    const found = valueAt(value, [container, key, name])
    if (typeof found === 'string' && found !== '') return found
  }
  return undefined
}
