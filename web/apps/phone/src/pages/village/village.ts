/** The village that is looked at, and its document; shared by the pages about it. */
import { computed, ref, watch } from 'vue'
import type { CatalogueField, CatalogueNode, Entries, Scalar, Value } from '@qiao/sync-client'
import { useAsk } from '../../device/ask'
import { useClient } from '../../device/client'
import { useDevice } from '../../device/state'

/** Kept while the app is open, so that the page comes back to the village that was chosen. */
const chosen = ref<string | null>(null)

/** An entry with its key. */
export interface Keyed {
  key: string
  fields: Record<string, Scalar>
}

export function useVillage() {
  const client = useClient()
  const { catalogue } = useDevice()
  const list = useAsk(() => client.villages())
  const id = computed(() => chosen.value ?? list.data.value?.[0]?.id ?? null)
  const names = useAsk(() => client.names())
  const asked = useAsk(
    async () => (id.value ? client.doc(id.value) : null),
    (ids) => id.value !== null && ids.has(id.value),
  )
  watch(id, () => void asked.again())

  const value = computed<Value>(() => asked.data.value?.value ?? {})
  const nodes = computed<CatalogueNode[]>(() => catalogue.value?.kinds.village?.nodes ?? [])
  const fields = computed(() =>
    nodes.value.filter((node): node is { node: 'field' } & CatalogueField => node.node === 'field'),
  )

  function entries(name: string): Keyed[] {
    const held = (value.value[name] ?? {}) as Entries
    return Object.entries(held).map(([key, found]) => ({ key, fields: found }))
  }

  return { id, chosen, list, names, asked, value, nodes, fields, entries }
}

export function textOf(fields: Record<string, Scalar>, name: string): string {
  const found = fields[name]
  return found === undefined ? '' : String(found)
}
