/** What a change did, in the words of its document. Pure; values stay text. */
import type { Catalogue, CatalogueField, Kind } from '@qiao/sync-client'
import { choiceLabel, fieldAt, label, nodeOf, type Lang } from '@qiao/ui/records/catalogue'

export interface Difference {
  path: readonly string[]
  before: unknown
  after: unknown
}

export interface Told {
  label: string
  before: string
  after: string
}

interface Names {
  person(id: string): string
  unit(id: string): string
  /** Stands for what is not shown. */
  hidden: string
}

/** The differences as lines; an entry that begins is told by what it says. */
export function told(
  differences: readonly Difference[],
  catalogue: Catalogue | null,
  kind: Kind,
  language: string,
  names: Names,
): Told[] {
  const lang: Lang = language === 'en' ? 'en' : 'zh'
  return differences.flatMap(({ path, before, after }): Told[] => {
    const node = catalogue ? nodeOf(catalogue, kind, path[0] ?? '') : undefined
    const field = catalogue ? fieldAt(catalogue, kind, path) : undefined
    const parts = [node ? label(node, lang) : path[0], node?.node === 'field' ? undefined : field && label(field, lang)]
    const [was, is] = [valueText(before, field, lang, names), valueText(after, field, lang, names)]
    if (was === '' && is === '') return []
    return [{ label: parts.filter(Boolean).join(' · '), before: was, after: is }]
  })
}

function valueText(value: unknown, field: CatalogueField | undefined, lang: Lang, names: Names): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return (value as { hidden?: boolean }).hidden ? names.hidden : ''
  const text = String(value)
  switch (field?.type) {
    case 'person':
      return names.person(text)
    case 'unit':
      return names.unit(text)
    case 'choice':
      return choiceLabel(field, text, lang)
    case 'bool':
      return lang === 'en' ? (value ? 'yes' : 'no') : value ? '是' : '否'
    default:
      return text
  }
}
