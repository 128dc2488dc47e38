/**
 * All rows of households that a filter leaves, asked for in pages so that the first are there at once.
 *
 * Holds what was shown until the new answer is whole, so that a list neither flickers nor jumps; asks again when
 * documents change, and the longer an answer takes the more rarely; a list that is put away asks when it is back.
 */
import { onActivated, onDeactivated, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { HouseholdFilter, HouseholdRow } from '@qiao/sync-client'
import { useClient } from '../../device/client'
import { onDocs } from '../../device/state'

/** What fills a screen and a little more. */
const FIRST = 40
const PAGE = 400
const SETTLE_MS = 150

export function useHouseholdRows(filter: Ref<HouseholdFilter>) {
  const client = useClient()
  const rows = shallowRef<HouseholdRow[]>([])
  const total = ref<number | null>(null)
  const failed = shallowRef<unknown>(null)
  let turn = 0
  let lastTookMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(fresh: boolean): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const mine = ++turn
    const began = Date.now()
    try {
      const first = await client.households(filter.value, 0, fresh ? FIRST : PAGE)
      if (mine !== turn) return
      let all = first.rows
      if (fresh) {
        rows.value = all
        total.value = first.total
      }
      while (all.length < first.total) {
        const next = await client.households(filter.value, all.length, PAGE)
        if (mine !== turn) return
        if (next.rows.length === 0) break
        all = [...all, ...next.rows]
      }
      rows.value = all
      total.value = first.total
      failed.value = null
    } catch (error) {
      if (mine === turn) failed.value = error
    } finally {
      if (mine === turn) lastTookMs = Date.now() - began
    }
  }

  watch(filter, () => void ask(true), { immediate: true })
  let away = false
  let stale = false
  onDeactivated(() => (away = true))
  onActivated(() => {
    away = false
    if (stale) void ask(false)
    stale = false
  })
  const stop = onDocs(() => {
    if (away) {
      stale = true
      return
    }
    timer ??= setTimeout(() => void ask(false), Math.max(SETTLE_MS, 4 * lastTookMs))
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    turn = -1
  })
  return { rows, total, failed, again: () => ask(true) }
}
