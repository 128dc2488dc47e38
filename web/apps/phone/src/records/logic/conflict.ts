/** Settling a field with two values: an ordinary write of the one that is kept. */
import type { Conflict, EditOp } from '@qiao/sync-client'

/** A name for a conflict on the screen. */
export function conflictKey({ doc, path }: Conflict): string {
  return [doc, ...path].join('/')
}

/** Writes the kept value, or clears where the kept side had cleared. */
export function settleOp({ path, values }: Conflict, kept: number): EditOp {
  const value = values[kept]?.value ?? null
  return value === null ? { op: 'delete', path } : { op: 'set', path, value }
}
