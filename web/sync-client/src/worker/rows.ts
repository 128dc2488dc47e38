/** Rows of lists and marks out of what the engine holds. */
import type { DocId } from '../api'
import { type Engine, EngineFailure, type Row } from '../engine/port'
import { standingOf } from '../index/casework'
import type { Index, Pending } from '../index/index'
import { type Kept, keep } from '../index/kept'
import { loadReader } from '../index/pinyin'

/** The row of a document that is held; `null` when there can be none. `by` is who wrote last. */
export async function heldRow(
  id: DocId,
  engine: () => Engine,
  withBodies: <T>(call: () => T) => Promise<T>,
  nowMs: number,
): Promise<{ kept: Kept | null; by: string }> {
  const reader = await loadReader()
  try {
    const { kind, value, last } = await withBodies(() => engine().document(id))
    const conflicts = engine().conflicts(id).length
    const folded = kind === 'application' || kind === 'case' ? engine().caseStanding(id, nowMs) : null
    const standing = folded && standingOf(folded)
    return {
      kept: keep({ id, kind, value, conflicts, loading: false, standing, nowMs }, reader),
      by: last[0]?.name ?? '',
    }
  } catch (error) {
    // A damaged document has no row; reading it says so.
    if (error instanceof EngineFailure && error.kind === 'corrupt') return { kept: null, by: '' }
    throw error
  }
}

/** Rows of documents that have not arrived yet, out of the first few fields the server has sent. */
export async function earlyRows(ids: Set<DocId>, engine: Engine): Promise<Map<DocId, Kept>> {
  const rows = new Map<DocId, Kept>()
  if (ids.size === 0) return rows
  const reader = await loadReader()
  // They do not say their village; most devices have one.
  const villages = engine.status().grant?.villages ?? []
  const known: Row['fields'] = villages.length === 1 ? { village: villages[0] ?? '' } : {}
  for (const { id, kind, fields } of engine.rows()) {
    if (ids.has(id))
      rows.set(id, keep({ id, kind, value: { ...known, ...fields }, conflicts: 0, loading: true }, reader))
  }
  return rows
}

/** Documents whose mark differs from the one shown; reads the whole outbox. */
export function changedMarks(engine: Engine, index: Index): [DocId, Pending | null][] {
  const now = new Map<DocId, Pending>()
  for (const { doc, state } of engine.pending()) {
    const waiting = state === 'parked' || state === 'quarantined'
    if (now.get(doc) !== 'phone') now.set(doc, waiting ? 'waiting' : 'phone')
  }
  const marks: [DocId, Pending | null][] = []
  for (const [id, mark] of now) if (index.pendingOf(id) !== mark) marks.push([id, mark])
  for (const id of index.pendingDocs().keys()) if (!now.has(id)) marks.push([id, null])
  return marks
}
