/** Casework in words: fields, roles, names, days, in the language in use. */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Catalogue, CatalogueField, Kind, Scalar } from '@qiao/sync-client'
import { formatDay, formatMoment, formatYuan, type Language } from '@qiao/ui'
import { choiceLabel, entriesOf, fieldAt } from '@qiao/ui/records/catalogue'
import { useWords } from '../data/words'
import { link, useAsk } from '../link/device'

export function useCaseWords() {
  const { t } = useWords()
  const { locale } = useI18n()
  const { role } = useWords()
  const lang = computed(() => (locale.value === 'en' ? 'en' : 'zh'))
  const language = computed(() => locale.value as Language)
  const { data: names } = useAsk((client) => client.names())
  const { data: villages } = useAsk((client) => client.villages())
  const catalogue = computed(() => link.catalogue.value as Catalogue | null)
  const field = (kind: Kind, path: readonly string[]): CatalogueField | undefined =>
    catalogue.value ? fieldAt(catalogue.value, kind, path) : undefined
  const person = (id: string): string => {
    if (id === link.me.value?.person) return link.me.value.name
    return names.value?.people[id] ?? id
  }
  const unit = (id: string): string => names.value?.units[id] ?? id
  return {
    t,
    role,
    lang,
    language,
    names,
    catalogue,
    field,
    person,
    unit,
    /** A text that comes in both languages. */
    said: (one: { zh: string; en: string } | null | undefined): string =>
      one ? (lang.value === 'en' ? one.en || one.zh : one.zh) : '',
    label: (kind: Kind, path: readonly string[]): string => {
      const found = field(kind, path)
      return found ? (lang.value === 'zh' ? found.zh : found.en) : (path.at(-1) ?? '')
    },
    /** What a field says, as people read it. */
    value: (kind: Kind, path: readonly string[], value: Scalar | undefined): string => {
      if (value === undefined || value === '') return ''
      if (typeof value === 'boolean') return t(value ? 'casework.yes' : 'casework.no')
      const found = field(kind, path)
      switch (found?.type) {
        case 'yuan':
          return typeof value === 'number' ? formatYuan(value, language.value) : String(value)
        case 'date':
          return formatDay(String(value), language.value)
        case 'person':
          return person(String(value))
        case 'unit':
          return unit(String(value))
        default:
          return choiceLabel(found, String(value), lang.value)
      }
    },
    choices: (kind: Kind, path: readonly string[]): { value: string; text: string }[] =>
      (field(kind, path)?.choices ?? []).map((one) => ({
        value: one.value,
        text: lang.value === 'zh' ? one.zh : one.en,
      })),
    entries: (kind: Kind, name: string) => (catalogue.value ? entriesOf(catalogue.value, kind, name) : undefined),
    village: (id: string): string => villages.value?.find((one) => one.id === id)?.name ?? id,
    day: (date: string): string => formatDay(date, language.value),
    moment: (ms: number): string => formatMoment(ms, language.value),
  }
}
