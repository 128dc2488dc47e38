/** Which office's look at a need is told first, and who that is in words. */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Seen } from '@qiao/sync-client'
import { useNames } from './words'

/** The unit that has the need now counts; where it has not looked, the township does. */
export function useSeen(need: () => { seen: Seen[]; unit: string }): ComputedRef<{ who: string; atMs: number } | null> {
  const { t } = useI18n()
  const { units } = useNames()
  return computed(() => {
    const { seen, unit } = need()
    const one =
      seen.find((mark) => mark.office === 'unit' && mark.unit === unit) ??
      seen.find((mark) => mark.office === 'township')
    if (!one) return null
    const who = one.office === 'township' ? t('records.need.township') : (units.value[one.unit] ?? one.unit)
    return { who, atMs: one.atMs }
  })
}
