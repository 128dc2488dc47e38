/** A refused edit in words: each thing it said, what stands there now, and all of it as text to keep elsewhere. */
import type { Catalogue, EditOp, Kind, Scalar } from '@qiao/sync-client'
import { fieldAt } from './catalogue'
import { type Words, entryTitle, inWords, pathInWords, valueAt } from './words'

/** One thing a refused edit said. */
export interface ReturnedLine {
  label: string
  /** What it wanted to write; null where it wanted to clear. */
  value: string | null
  /** What stands there now; null where nothing does. */
  now: string | null
  sensitive: boolean
}

/** What operations say, line by line; `held` is the document as it stands, where it is held. */
export function linesOf(
  ops: readonly EditOp[],
  kind: Kind,
  catalogue: Catalogue,
  words: Words,
  held: unknown,
): ReturnedLine[] {
  const line = (path: readonly string[], value: Scalar | null, added?: string): ReturnedLine => {
    const field = fieldAt(catalogue, kind, path)
    const now = valueAt(held, path)
    return {
      label: pathInWords(catalogue, kind, path, words.lang, added ?? entryTitle(held, path)),
      value: value === null ? null : inWords(field, value, words),
      now: now === undefined ? null : inWords(field, now, words),
      sensitive: field?.sensitive ?? false,
    }
  }
  return ops.flatMap((op) => {
    if (op.op === 'set') return [line(op.path, op.value)]
    if (op.op === 'delete') return [line(op.path, null)]
    const key = op.key ?? ''
    const title = entryTitle({ added: { [key]: op.value } }, ['added', key])
    return Object.entries(op.value).map(([name, value]) => line([...op.path, key, name], value, title))
  })
}

/** The lines as plain text, to be pasted where somebody can use it. */
export function asText(title: string, why: string, lines: readonly ReturnedLine[], cleared: string): string {
  return [title, why, ...lines.map(({ label, value }) => `${label}：${value ?? cleared}`)].filter(Boolean).join('\n')
}
