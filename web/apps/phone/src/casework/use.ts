/** What the screens of casework have in common: names in the language chosen, and who one is. */
import { computed } from 'vue'
import type { CaseworkRow, Named, Role } from '@qiao/sync-client'
import { mayEvent, waitsFor } from '@qiao/ui/casework'
import { useDevice } from '../device/state'
import { choiceLabel, entriesOf, fieldAt } from '../records/logic/catalogue'
import { useCatalogue } from '../records/use/catalogue'
import { useLang } from '../records/use/words'

export function useCasework() {
  const { me } = useDevice()
  const { lang } = useLang()
  const catalogue = useCatalogue()
  const role = computed<Role>(() => me.value?.role ?? 'team')
  const person = computed(() => me.value?.person ?? '')
  const said = (one: Named | null | undefined): string => (!one ? '' : lang.value === 'zh' ? one.zh : one.en || one.zh)
  const roleName = (of: string): string =>
    choiceLabel(fieldAt(catalogue.value, 'application', ['events', 'k', 'role']), of, lang.value)
  const eventName = (kind: 'application' | 'case', sort: string): string =>
    choiceLabel(fieldAt(catalogue.value, kind, ['events', 'k', 'event']), sort, lang.value)
  /** What a row waits for from me, in words; empty where it waits for somebody else. */
  function waits(row: CaseworkRow): string {
    if (row.kind === 'notice') return ''
    const sort = waitsFor(row, me.value ? { role: me.value.role, person: me.value.person } : null)
    return sort === null ? '' : said(row.next.find((next) => next.event === sort)?.name)
  }
  const mayAddTo = (kind: 'attendance' | 'plan' | 'notice', container: string): boolean =>
    entriesOf(catalogue.value, kind, container)?.may.includes('A') ?? false
  const mayCreate = (kind: 'application' | 'case' | 'plan'): boolean =>
    catalogue.value.kinds[kind].may?.includes('C') ?? false
  /** A committee applies for others; the team helps to write it down. */
  const applying = computed(() =>
    mayEvent(catalogue.value, 'application', 'submit') ? ('apply' as const) : ('help' as const),
  )
  return { applying, me, role, person, lang, catalogue, said, roleName, eventName, waits, mayAddTo, mayCreate }
}
