/** Saving: one at a time, done only once it is durable, and in words when it could not be done. */
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Problem } from '@qiao/sync-client'
import { problemOf, problemText } from '../../frame/problem'

export function useSave() {
  const { t, locale } = useI18n()
  const saving = ref(false)
  const failure = shallowRef<{ problem: Problem | null } | null>(null)
  const text = computed(() => {
    if (!failure.value) return ''
    const { problem } = failure.value
    return problem ? problemText(problem, locale.value) : t('records.save.failed')
  })

  /** Runs `write`; null when it failed, and then {@link text} says why. */
  async function save<T>(write: () => Promise<T>): Promise<T | null> {
    if (saving.value) return null
    saving.value = true
    failure.value = null
    try {
      return await write()
    } catch (error) {
      failure.value = { problem: problemOf(error) }
      return null
    } finally {
      saving.value = false
    }
  }
  return { saving, failure, text, save }
}
