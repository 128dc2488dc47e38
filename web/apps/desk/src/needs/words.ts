/** Needs in words: states, categories, names, days, in the language in use. */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Catalogue, CatalogueField, Scalar } from '@qiao/sync-client'
import { formatDay, formatYuan, relativeDay, type Language } from '@qiao/ui'
import { choiceLabel, fieldAt } from '@qiao/ui/records/catalogue'
import { link, useAsk } from '../link/device'

export function useNeedWords() {
  const { t, locale } = useI18n()
  const lang = computed(() => (locale.value === 'en' ? 'en' : 'zh'))
  const language = computed(() => locale.value as Language)
  const { data: names } = useAsk((client) => client.names())
  const { data: villages } = useAsk((client) => client.villages())
  const field = (name: string): CatalogueField | undefined =>
    link.catalogue.value ? fieldAt(link.catalogue.value as Catalogue, 'need', [name]) : undefined
  const choice = (name: string, value: string): string => choiceLabel(field(name), value, lang.value)
  return {
    t,
    language,
    names,
    field,
    choice,
    state: (value: string): string => choice('state', value || 'open'),
    label: (name: string): string => {
      const found = field(name)
      return found ? (lang.value === 'zh' ? found.zh : found.en) : name
    },
    person: (id: string): string => {
      if (id === link.me.value?.person) return link.me.value.name
      return names.value?.people[id] ?? id
    },
    unit: (id: string): string => {
      if (id === link.me.value?.unit) return t('needs.ourUnit')
      return names.value?.units[id] ?? id
    },
    /** A village's name; a card says it itself. */
    placeName: (id: string): string => villages.value?.find((one) => one.id === id)?.name ?? id,
    day: (date: string): string => formatDay(date, language.value),
    ago: (date: string): string => relativeDay(date, language.value),
    yuan: (sum: Scalar): string => (typeof sum === 'number' ? formatYuan(sum, language.value) : String(sum)),
  }
}

/** What a state asks of the reader: nothing shouts. */
export const TONES: Partial<Record<string, string>> = {
  answered: 'accent',
  handed_back: 'warn',
  reopened: 'warn',
  open: 'info',
  assigned: 'info',
}
