/**
 * The languages of an app: Chinese comes with it, English is loaded when chosen, and the choice is remembered.
 *
 * Texts are one file for each part of an app under `locales/<language>/`; its name is the first word of their keys.
 */
import { createI18n } from 'vue-i18n'
import type { Language } from './formats/dates'
import en from './locales/en'
import zh from './locales/zh-CN'

type Texts = Record<string, unknown>

/** What an app brings: its files as `import.meta.glob` gives them, and where in this browser the choice is kept. */
export interface LanguageFiles {
  zh: Record<string, { default: Texts }>
  en: Record<string, () => Promise<{ default: Texts }>>
  keptUnder: string
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.ts'.length)
}

export function makeLanguages(files: LanguageFiles) {
  const chinese: Texts = { ui: zh }
  for (const [path, file] of Object.entries(files.zh)) chinese[nameOf(path)] = file.default

  const i18n = createI18n({
    legacy: false,
    locale: 'zh-CN',
    fallbackLocale: 'zh-CN',
    messages: { 'zh-CN': chinese as never },
    missingWarn: false,
    fallbackWarn: false,
  })
  const { global } = i18n

  async function loadEnglish(): Promise<void> {
    const english: Texts = { ui: en }
    await Promise.all(
      Object.entries(files.en).map(async ([path, load]) => {
        english[nameOf(path)] = (await load()).default
      }),
    )
    global.setLocaleMessage('en' as never, english as never)
  }

  return {
    i18n,
    /** The language in use. */
    language: (): Language => ((global.locale as unknown as { value: string }).value === 'en' ? 'en' : 'zh-CN'),
    /** Changes the language and remembers it. */
    async setLanguage(chosen: Language): Promise<void> {
      if (chosen === 'en' && !global.availableLocales.includes('en' as never)) await loadEnglish()
      global.locale.value = chosen as never
      document.documentElement.lang = chosen
      try {
        localStorage.setItem(files.keptUnder, chosen)
      } catch {
        // Private windows may refuse; the language then lasts until the page is closed.
      }
    },
    /** The language chosen before, else Chinese. */
    keptLanguage(): Language {
      try {
        return localStorage.getItem(files.keptUnder) === 'en' ? 'en' : 'zh-CN'
      } catch {
        return 'zh-CN'
      }
    },
  }
}
