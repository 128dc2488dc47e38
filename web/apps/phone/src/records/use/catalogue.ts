/** The catalogue as the screens of records use it; they are shown only once it is known. */
import { computed, type ComputedRef } from 'vue'
import type { Catalogue } from '@qiao/sync-client'
import { useDevice } from '../../device/state'

const NOTHING: Catalogue = {
  kinds: {
    village: { zh: '', nodes: [] },
    household: { zh: '', nodes: [] },
    journal: { zh: '', nodes: [] },
    need: { zh: '', nodes: [] },
    card: { zh: '', nodes: [] },
    application: { zh: '', nodes: [] },
    case: { zh: '', nodes: [] },
    attendance: { zh: '', nodes: [] },
    notice: { zh: '', nodes: [] },
    plan: { zh: '', nodes: [] },
    check: { zh: '', nodes: [] },
  },
  reasons: {},
  limits: {},
}

export function useCatalogue(): ComputedRef<Catalogue> {
  const { catalogue } = useDevice()
  return computed(() => (catalogue.value as Catalogue | null) ?? NOTHING)
}
