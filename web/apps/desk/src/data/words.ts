/** Codes of the interface in the words of the language in use. */
import { formatMoment, formatSpan } from '@qiao/ui'
import { useI18n } from 'vue-i18n'
import { language } from '../i18n'

/** Roles a person can have, in the order lists show them. */
export const ROLES = ['team', 'committee', 'village_cadre', 'unit', 'township', 'county', 'admin'] as const

export function useWords() {
  const { t, te } = useI18n()
  const coded = (group: string) => (code: string | null | undefined) => {
    if (!code) return ''
    const key = `${group}.${code}`
    return te(key) ? t(key) : code
  }
  return {
    t,
    role: coded('frame.roles'),
    status: coded('frame.statuses'),
    level: coded('frame.levels'),
    unitKind: coded('units.kinds'),
    fieldProblem: coded('frame.fieldProblems'),
    moment: (ms: number | null | undefined): string => (ms ? formatMoment(ms, language()) : t('frame.never')),
    span: (ms: number): string => formatSpan(ms, language()),
  }
}
