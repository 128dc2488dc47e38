/**
 * A form over part of a document, or over an entry being added: follows the record while it is open, keeps what is typed
 * as a draft, writes only what was changed.
 */
import { computed, ref, shallowRef, watch } from 'vue'
import type { CatalogueField, Doc, DocId, EditOp } from '@qiao/sync-client'
import { useAsk } from '../../device/ask'
import { useClient } from '../../device/client'
import { useEditing } from '../../frame/editing'
import { type CheckProblem } from '../logic/check'
import { formDraftKey } from '../logic/drafts'
import {
  type FormState,
  type FormValue,
  type FormValues,
  changedFields,
  follow,
  opsOf,
  problemsOf,
  recordOf,
  valuesOf,
} from '../logic/form'
import { useDraft } from './draft'
import { useSave } from './save'

/** What an entry that does not exist yet is called in routes. */
export const NEW_ENTRY = 'new'

export interface FormOf {
  doc: DocId
  /** Path of the map the fields lie in: empty for the root, `['members', key]` for an entry. */
  path: readonly string[]
  fields: () => readonly CatalogueField[]
  required?: readonly string[]
  /** What a new entry begins with. */
  initial?: () => FormValues
}

export function useForm(of: FormOf) {
  const client = useClient()
  const adding = of.path[1] === NEW_ENTRY
  const {
    data: doc,
    failed,
    again,
  } = useAsk(
    () => client.doc(of.doc),
    (ids) => ids.has(of.doc),
  )
  const state = ref<FormState | null>(null)
  const theirs = shallowRef<string[]>([])
  const shownProblems = ref(false)
  const { saving, failure, text: failureText, save } = useSave()

  const changed = computed(() => (state.value ? changedFields(state.value) : []))
  /** What this new entry began with; who the owner is may be known only later. */
  let begunWith: FormValues = {}
  /** What a new entry begins with is not typed yet. */
  function isTouched(value: FormState | null): boolean {
    if (value === null) return false
    return changedFields(value).some((name) => value.now[name] !== (begunWith[name] ?? null) || !adding)
  }
  const draft = useDraft<FormState | null>(formDraftKey(of.doc, of.path), () => state.value, isTouched)
  useEditing(() => isTouched(state.value))

  function recordIn(held: Doc): Record<string, unknown> {
    if (adding) return {}
    return of.path.reduce<Record<string, unknown>>(
      (at, part) => (at[part] ?? {}) as Record<string, unknown>,
      held.value,
    )
  }

  watch(doc, async (held) => {
    if (!held) return
    const fresh = valuesOf(of.fields(), recordIn(held))
    if (state.value === null) {
      const left = await draft.look()
      if (adding) begunWith = of.initial?.() ?? {}
      state.value ??= left ?? { base: fresh, now: { ...fresh, ...begunWith } }
    }
    const followed = follow(state.value, fresh)
    state.value = followed.state
    // Said until the field is as theirs again or saved, however often the record is asked for meanwhile.
    const touched = changedFields(followed.state)
    theirs.value = touched.filter((name) => theirs.value.includes(name) || followed.theirs.includes(name))
  })

  const problems = computed<Record<string, CheckProblem>>(() =>
    state.value ? problemsOf(of.fields(), state.value, of.required) : {},
  )

  function set(name: string, value: FormValue): void {
    if (state.value) state.value.now[name] = value
  }
  function problemFor(name: string): CheckProblem | null {
    return shownProblems.value ? (problems.value[name] ?? null) : null
  }
  /** Takes back what was typed. */
  async function startOver(): Promise<void> {
    await draft.forget()
    if (state.value) state.value = { base: state.value.base, now: { ...state.value.base, ...begunWith } }
  }

  /** The operations of the form; null while something in it is wrong. */
  function ops(): EditOp[] | null {
    shownProblems.value = true
    if (!state.value || Object.keys(problems.value).length > 0) return null
    if (!adding) return opsOf(of.path, state.value)
    return [{ op: 'add', path: [of.path[0] ?? ''], value: recordOf(state.value.now) }]
  }

  /** Writes the form and more, in one edit; true once it is durable. Nothing changed is nothing to write. */
  async function write(more: EditOp[] = []): Promise<boolean> {
    const mine = ops()
    if (!mine) return false
    const all = [...mine, ...more]
    if (all.length > 0 && (await save(() => client.edit({ doc: of.doc, ops: all }))) === null) return false
    await draft.end()
    if (state.value) state.value = { base: state.value.now, now: { ...state.value.now } }
    return true
  }

  return {
    doc,
    failed,
    again,
    state,
    adding,
    theirs,
    changed,
    problems,
    problemFor,
    shownProblems,
    set,
    write,
    startOver,
    saving,
    failure,
    failureText,
    save,
    draftFound: draft.found,
    endDraft: draft.end,
  }
}

export type Form = ReturnType<typeof useForm>
