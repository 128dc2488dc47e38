/** The one list of what is missing, and what has come since. Pure. */
import type { Scalar } from '@qiao/sync-client'

export interface Material {
  /** One line each, as the township wrote them. */
  asked: string[]
  /** What was supplied since, in order. */
  supplied: { key: string; text: string; files: string }[]
}

/** Keys of entries count up on each device: longer is later. */
export function inKeyOrder(entries: Record<string, Record<string, Scalar>>): [string, Record<string, Scalar>][] {
  return Object.entries(entries).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
}

/** Of the steps that count; null while nothing has been asked for. */
export function materialOf(
  steps: readonly { key: string; event: string; why: string | null; correctedBy: string | null }[],
  entries: Record<string, Record<string, Scalar>>,
): Material | null {
  const asked = steps.filter((step) => step.event === 'material_list' && step.why === null).at(-1)
  if (!asked) return null
  const said = (key: string, name: string) => String(entries[key]?.[name] ?? '')
  const after = steps.slice(steps.indexOf(asked) + 1)
  return {
    asked: said(asked.correctedBy ?? asked.key, 'items')
      .split(/[\n;；]/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    supplied: after
      .filter((step) => step.event === 'material_supplied' && step.why === null)
      .map(({ key }) => ({ key, text: said(key, 'text'), files: said(key, 'files') })),
  }
}
