/** The languages of the desks; how they work is in `@qiao/ui`. */
import { makeLanguages } from '@qiao/ui'

export type { Language } from '@qiao/ui'

export const { i18n, language, setLanguage, keptLanguage } = makeLanguages({
  zh: import.meta.glob('./locales/zh-CN/*.ts', { eager: true }),
  en: import.meta.glob<{ default: Record<string, unknown> }>('./locales/en/*.ts'),
  keptUnder: 'qiao.desk.language',
})
