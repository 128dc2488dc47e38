/** Codes of the interface in the words of the language in use. */
import { dayOf, formatMoment, formatSpan } from '@qiao/ui'
import { directory } from './directory'
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
    /** To the second, for what must be exact. */
    exactly: (ms: number): string => `${dayOf(ms)} ${new Date(ms).toTimeString().slice(0, 8)}`,
    /** Who decided: a person, the server's own command line, or the device itself. */
    actor: (id: string | null | undefined): string => {
      if (id === 'cli') return t('audit.cli')
      return id?.startsWith('device:') ? t('audit.byDevice') : directory.personName(id)
    },
    span: (ms: number): string => formatSpan(ms, language()),
  }
}
