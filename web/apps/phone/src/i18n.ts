/**
 * Languages. Texts are one file for each part of the app under `locales/<language>/`, its name being the first word of
 * their keys; Chinese comes with the app, English is loaded (from the phone itself) when chosen.
 */
import { createI18n } from 'vue-i18n'
import { uiTexts } from '@qiao/ui'

export type Language = 'zh-CN' | 'en'
type Texts = Record<string, unknown>

const zhFiles = import.meta.glob<{ default: Texts }>('./locales/zh-CN/*.ts', { eager: true })
const enFiles = import.meta.glob<{ default: Texts }>('./locales/en/*.ts')

const KEPT_UNDER = 'qiao.language'

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

/** Changes the language and remembers it. */
export async function setLanguage(language: Language): Promise<void> {
  const { global } = i18n
  if (language === 'en' && !global.availableLocales.includes('en' as never)) {
    const en: Texts = { ui: uiTexts.en }
    await Promise.all(
      Object.entries(enFiles).map(async ([path, load]) => {
        en[nameOf(path)] = (await load()).default
      }),
    )
    global.setLocaleMessage('en' as never, en as never)
  }
  global.locale.value = language as never
  document.documentElement.lang = language
  try {
    localStorage.setItem(KEPT_UNDER, language)
  } catch {
    // Private windows may refuse; the language then lasts until the page is closed.
  }
}

/** The language chosen before, else Chinese. */
export function keptLanguage(): Language {
  try {
    return localStorage.getItem(KEPT_UNDER) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}
