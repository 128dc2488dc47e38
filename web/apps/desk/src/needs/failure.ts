/** Why the device refused, in the language in use. */
import { language } from '../i18n'

interface Said {
  zh: string
  en: string
}

/** `otherwise` for what has no words of its own. */
export function failureText(error: unknown, otherwise: string): string {
  // An error that crossed from the worker keeps its fields but not its class.
  const problem = (error as { problem?: Said } | null)?.problem
  if (!problem?.zh) return otherwise
  return language() === 'en' ? problem.en : problem.zh
}
