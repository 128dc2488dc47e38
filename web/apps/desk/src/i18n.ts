/**
 * Languages. Texts are one file for each part of the desks under `locales/<language>/`, its name being the first word
 * of their keys; Chinese comes with the app, English is loaded when chosen.
 */
import { createI18n } from 'vue-i18n'
import { uiTexts } from '@qiao/ui'

export type Language = 'zh-CN' | 'en'
type Texts = Record<string, unknown>

const zhFiles = import.meta.glob<{ default: Texts }>('./locales/zh-CN/*.ts', { eager: true })
const enFiles = import.meta.glob<{ default: Texts }>('./locales/en/*.ts')

const KEPT_UNDER = 'qiao.desk.language'

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.ts'.length)
}

const zh: Texts = { ui: uiTexts['zh-CN'] }
for (const [path, file] of Object.entries(zhFiles)) zh[nameOf(path)] = file.default

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh as never },
  missingWarn: false,
  fallbackWarn: false,
})

/** The language in use. */
export function language(): Language {
  return (i18n.global.locale as unknown as { value: string }).value === 'en' ? 'en' : 'zh-CN'
}

/** Changes the language and remembers it. */
export async function setLanguage(chosen: Language): Promise<void> {
  const { global } = i18n
  try {
    localStorage.setItem(KEPT_UNDER, chosen)
  } catch {
    // Private windows may refuse; the language then lasts until the page is closed.
  }
  if (chosen === 'en' && !global.availableLocales.includes('en' as never)) {
    const en: Texts = { ui: uiTexts.en }
    await Promise.all(
      Object.entries(enFiles).map(async ([path, load]) => {
        en[nameOf(path)] = (await load()).default
      }),
    )
    global.setLocaleMessage('en' as never, en as never)
  }
  global.locale.value = chosen as never
  document.documentElement.lang = chosen
}

/** The language chosen before, else Chinese. */
export function keptLanguage(): Language {
  try {
    return localStorage.getItem(KEPT_UNDER) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}
