/** The words of the records: names heard of, and values as they are said in the language chosen. */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { type Language, formatDay, formatYuan } from '@qiao/ui'
import { useAsk } from '../../device/ask'
import { useClient } from '../../device/client'
import { type Lang, langOf } from '../logic/catalogue'
import type { Words } from '../logic/words'

/** Names of people and units this device has heard of. */
export function useNames() {
  const client = useClient()
  const { data } = useAsk(() => client.names())
  const people = computed<Record<string, string>>(() => data.value?.people ?? {})
  const units = computed<Record<string, string>>(() => data.value?.units ?? {})
  const all = computed(() => ({ ...people.value, ...units.value }))
  return { people, units, all }
}

/** The language of the catalogue and of the formats. */
export function useLang(): { lang: ComputedRef<Lang>; language: ComputedRef<Language> } {
  const { locale } = useI18n()
  return { lang: computed(() => langOf(locale.value)), language: computed(() => locale.value as Language) }
}

/** How values are said. */
export function useWords(): ComputedRef<Words> {
  const { t } = useI18n()
  const { lang, language } = useLang()
  const { people, units } = useNames()
  return computed(() => ({
    lang: lang.value,
    yes: t('ui.field.yes'),
    no: t('ui.field.no'),
    person: (id) => people.value[id] ?? id,
    unit: (id) => units.value[id] ?? id,
    date: (day) => formatDay(day, language.value),
    yuan: (sum) => formatYuan(sum, language.value),
  }))
}
