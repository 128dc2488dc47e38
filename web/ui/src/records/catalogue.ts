/**
 * Reading the catalogue: which field a path leads to, what it is called, what this role may do there.
 *
 * Labels, choices and rights are written once, in the table all replicas share; nothing here repeats them.
 */
import type { Catalogue, CatalogueField, CatalogueNode, Kind } from '@qiao/sync-client'

/** The two languages of the catalogue. */
export type Lang = 'zh' | 'en'

type EntriesNode = Extract<CatalogueNode, { node: 'entries' }>
type GroupNode = Extract<CatalogueNode, { node: 'group' }>

/** The language of the catalogue for a locale such as `zh-CN`. */
export function langOf(locale: string): Lang {
  return locale.startsWith('zh') ? 'zh' : 'en'
}

/** A label in a language; English falls back on Chinese, the language the field is worked in. */
export function label(of: { zh: string; en?: string }, lang: Lang): string {
  return lang === 'zh' ? of.zh : of.en || of.zh
}

/** The root node of this name. */
export function nodeOf(catalogue: Catalogue, kind: Kind, name: string): CatalogueNode | undefined {
  return catalogue.kinds[kind].nodes.find((node) => node.name === name)
}

/** The entries under this name, such as members. */
export function entriesOf(catalogue: Catalogue, kind: Kind, name: string): EntriesNode | undefined {
  const node = nodeOf(catalogue, kind, name)
  return node?.node === 'entries' ? node : undefined
}

/** The group under this name, such as guarantees. */
export function groupOf(catalogue: Catalogue, kind: Kind, name: string): GroupNode | undefined {
  const node = nodeOf(catalogue, kind, name)
  return node?.node === 'group' ? node : undefined
}

/** The fields at the root of a kind, in the order of a form. */
export function rootFields(catalogue: Catalogue, kind: Kind): CatalogueField[] {
  return catalogue.kinds[kind].nodes.filter((node) => node.node === 'field')
}

/** The field a path leads to: `[field]`, `[group, field]` or `[entries, key, field]`. */
export function fieldAt(catalogue: Catalogue, kind: Kind, path: readonly string[]): CatalogueField | undefined {
  const [root = '', ...rest] = path
  const node = nodeOf(catalogue, kind, root)
  if (!node) return undefined
  if (node.node === 'field') return rest.length === 0 ? node : undefined
  const depth = node.node === 'group' ? 1 : 2
  return rest.length === depth ? node.fields.find((field) => field.name === rest[depth - 1]) : undefined
}

/** Whether this role may write the field of something that exists. */
export function mayWrite(field: CatalogueField): boolean {
  return field.may.includes('P')
}

/** Whether this role may empty the field. */
export function mayClear(field: CatalogueField): boolean {
  return field.may.includes('D')
}

/** Whether this role may add an entry there. */
export function mayAdd(catalogue: Catalogue, kind: Kind, entries: string): boolean {
  return entriesOf(catalogue, kind, entries)?.may.includes('A') ?? false
}

/** Whether this role may delete an entry there. */
export function mayDeleteEntry(catalogue: Catalogue, kind: Kind, entries: string): boolean {
  const node = entriesOf(catalogue, kind, entries)
  return node !== undefined && !node.appendOnly && node.may.includes('D')
}

/** Whether this role may write anything at the root of a kind. */
export function mayWriteAny(catalogue: Catalogue, kind: Kind): boolean {
  return rootFields(catalogue, kind).some(mayWrite)
}

/** The label of a choice; a value beyond the choices stands for itself. */
export function choiceLabel(field: CatalogueField | undefined, value: string, lang: Lang): string {
  const choice = field?.choices?.find((known) => known.value === value)
  return choice ? label(choice, lang) : value
}
