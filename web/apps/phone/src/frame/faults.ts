/**
 * Faults of the app itself. What failed is kept for the report without anything a person typed: messages of the engine
 * name code, not content.
 */
import { shallowRef } from 'vue'
import { i18n } from '../i18n'
import { problemOf, problemText } from './problem'
import { say } from './say'

/** The fault that stopped the screen, if any. */
export const fault = shallowRef<unknown>(null)

/** Something that was asked for could not be done; the screen itself still stands, so a message is enough. */
export function failed(error: unknown): void {
  const problem = problemOf(error)
  const { t, locale } = i18n.global as unknown as { t: (key: string) => string; locale: { value: string } }
  say(problem ? problemText(problem, locale.value) : t('frame.fault'))
}

const LINES_MAX = 6

/** What support needs: version, browser, kind of fault and where in the code. */
export function faultText(error: unknown): string {
  const found = error instanceof Error ? error : new Error(String(error))
  const where = (found.stack ?? '')
    .split('\n')
    .filter((line) => /\bat\b|@/.test(line))
    .slice(0, LINES_MAX)
    .map((line) => line.trim().replace(location.origin, ''))
  return [
    `Qiao ${__APP_VERSION__}`,
    new Date().toISOString(),
    navigator.userAgent,
    `${found.name}: ${found.message.slice(0, 200)}`,
    ...where,
  ].join('\n')
}
