/**
 * Faults of the app itself. What failed is kept for the report without anything a person typed: messages of the engine
 * name code, not content.
 */
import { shallowRef } from 'vue'

/** The fault that stopped the screen, if any. */
export const fault = shallowRef<unknown>(null)

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
