/**
 * A form of fields and the operations it stands for.
 *
 * Only what the person changed is written: a field nobody touched follows the record, also while the form is open.
 */
import type { CatalogueField, EditOp, Scalar } from '@qiao/sync-client'
import { mayClear } from './catalogue'
import { type CheckProblem, problemOf } from './check'

/** Null is "nothing there": for a yes or no, nobody has looked. */
export type FormValue = Scalar | null
export type FormValues = Record<string, FormValue>

/** A form under way: what the record said when it was opened or last followed, and what it says in the form. */
export interface FormState {
  base: FormValues
  now: FormValues
}

/** The values of fields in a record, null where it has none. */
export function valuesOf(fields: readonly CatalogueField[], record: Record<string, unknown>): FormValues {
  return Object.fromEntries(fields.map(({ name }) => [name, scalarOf(record[name])]))
}

function scalarOf(value: unknown): FormValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** Names of the fields that were changed. */
export function changedFields({ base, now }: FormState): string[] {
  return Object.keys(now).filter((name) => (now[name] ?? null) !== (base[name] ?? null))
}

/** The operations of a form over something that exists, below a path. */
export function opsOf(prefix: readonly string[], state: FormState): EditOp[] {
  return changedFields(state).map((name): EditOp => {
    const value = state.now[name] ?? null
    const path = [...prefix, name]
    return value === null ? { op: 'delete', path } : { op: 'set', path, value }
  })
}

/** What a form says, for something new. */
export function recordOf(now: FormValues): Record<string, Scalar> {
  return Object.fromEntries(Object.entries(now).filter((entry): entry is [string, Scalar] => entry[1] !== null))
}

/**
 * Takes up a newer state of the record: untouched fields follow, touched ones stay as typed.
 * `theirs` names the touched fields that somebody else changed meanwhile.
 */
export function follow(state: FormState, fresh: FormValues): { state: FormState; theirs: string[] } {
  const touched = new Set(changedFields(state))
  const theirs = [...touched].filter((name) => name in fresh && (fresh[name] ?? null) !== (state.base[name] ?? null))
  const now = Object.fromEntries(
    Object.keys({ ...fresh, ...state.now }).map((name) => [
      name,
      (touched.has(name) ? state.now[name] : fresh[name]) ?? null,
    ]),
  )
  return { state: { base: { ...fresh }, now }, theirs }
}

/** What is wrong in a form, by field; only what was changed is looked at, beside what must not be empty. */
export function problemsOf(
  fields: readonly CatalogueField[],
  state: FormState,
  required: readonly string[] = [],
): Record<string, CheckProblem> {
  const changed = new Set(changedFields(state))
  const problems: Record<string, CheckProblem> = {}
  for (const field of fields) {
    const value = state.now[field.name] ?? null
    const problem =
      value === null
        ? problemOfEmpty(field, changed, required)
        : changed.has(field.name)
          ? problemOf(field, value)
          : null
    if (problem) problems[field.name] = problem
  }
  return problems
}

function problemOfEmpty(field: CatalogueField, changed: Set<string>, required: readonly string[]): CheckProblem | null {
  if (required.includes(field.name)) return { code: 'required' }
  // A field that was never there has nothing to clear.
  return changed.has(field.name) && !mayClear(field) ? { code: 'not_clearable' } : null
}
