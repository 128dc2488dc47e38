/** Records in words, for a person and not for a machine: unsent edits to be copied, and a report for support. */
import type { Catalogue, CatalogueField, CatalogueNode, EditOp, Kind } from '../api'
import type { PendingChange } from '../engine/port'

/** Everything unsent, in words: for a device that can no longer send it. */
export function unsentInWords(edits: PendingChange[], titles: (doc: string) => string, catalogue: Catalogue): string {
  return edits
    .map((edit) => {
      const kind = kindOf(edit.doc)
      const head = `【${catalogue.kinds[kind]?.zh ?? kind}】${titles(edit.doc) || edit.doc}（${when(edit.at)}）`
      return [head, ...edit.ops.flatMap((op) => lines(catalogue.kinds[kind]?.nodes ?? [], op))].join('\n')
    })
    .join('\n\n')
}

function lines(nodes: CatalogueNode[], op: EditOp): string[] {
  const { labels, field } = labelsOf(nodes, op.path)
  const label = labels.join(' · ')
  if (op.op === 'delete') return [`  ${label}：（删除）`]
  if (op.op === 'set') return [`  ${label}：${valueOf(op.value, field)}`]
  const fields = nodes.find((node) => node.name === op.path[0])
  const known = fields && fields.node !== 'field' ? fields.fields : []
  return Object.entries(op.value).map(([name, value]) => {
    const found = known.find((one) => one.name === name)
    return `  ${label} · ${found?.zh ?? name}：${valueOf(value, found)}`
  })
}

function labelsOf(nodes: CatalogueNode[], path: string[]): { labels: string[]; field: CatalogueField | undefined } {
  const node = nodes.find((node) => node.name === path[0])
  if (!node) return { labels: path, field: undefined }
  if (node.node === 'field') return { labels: [node.zh], field: node }
  const name = path.at(-1)
  const field = path.length > 1 ? node.fields.find((field) => field.name === name) : undefined
  return { labels: field ? [node.zh, field.zh] : [node.zh], field }
}

function valueOf(value: unknown, field: CatalogueField | undefined): string {
  if (value === true) return '是'
  if (value === false) return '否'
  if (value === null || value === undefined) return '（清空）'
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, one]) => `${key} ${valueOf(one, undefined)}`)
      .join('，')
  return field?.choices?.find((choice) => choice.value === value)?.zh ?? String(value)
}

const OF_LETTER: Record<string, Kind> = { a: 'application', m: 'case', p: 'plan', o: 'notice' }

/** What kind of document a name is of, as far as the name tells. */
export function kindOf(doc: string): Kind {
  if (/\.j\d{4}$/.test(doc)) return 'journal'
  if (doc.endsWith('.card')) return 'card'
  if (doc.endsWith('.check')) return 'check'
  const letter = /\.([ampo])[0-9a-z]{5}\d+$/.exec(doc)?.[1]
  if (letter !== undefined) return OF_LETTER[letter] ?? 'household'
  if (/\.t\d{6}\.[^.]+$/.test(doc)) return 'attendance'
  return doc.includes('.n') || /^n[0-9a-z]{5}\d+$/.test(doc) ? 'need' : 'household'
}

function when(atS: number): string {
  return new Date(atS * 1000).toISOString().slice(0, 16).replace('T', ' ') + 'Z'
}

/** A report of counts, versions and times: nothing that says who or where. */
export function reportOf(facts: Record<string, string | number | boolean | null>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value === null ? '-' : String(value)}`)
    .join('\n')
}
