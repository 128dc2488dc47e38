/**
 * What every screen may look at without asking: the stage, the state of the link, who this is, and the catalogue.
 *
 * Kept in step with the device's events. Records are not here: a screen asks for those it shows.
 */
import { computed, ref, shallowReadonly, shallowRef } from 'vue'
import type { Catalogue, Client, ClientEvent, Me, Stage, SyncState } from '@qiao/sync-client'

const stage = shallowRef<Stage | null>(null)
const sync = shallowRef<SyncState | null>(null)
const me = shallowRef<Me | null>(null)
const catalogue = shallowRef<Catalogue | null>(null)
const updateWaiting = ref(false)
/** What happened on the link since the app was opened, newest first. */
const history = shallowRef<LinkEvent[]>([])

/** How tries of the link ended; the same result several times in a row is one. */
export interface LinkEvent {
  /** When it was last so. */
  atMs: number
  phase: SyncState['phase']
  times: number
  unsent: number
  code: string | null
}

const HISTORY_MAX = 40

type DocsListener = (ids: ReadonlySet<string>) => void
const docsListeners = new Set<DocsListener>()

/** Calls `listener` with the documents that are new, different or gone; returns the way to stop. */
export function onDocs(listener: DocsListener): () => void {
  docsListeners.add(listener)
  return () => docsListeners.delete(listener)
}

function heardSync(next: SyncState): void {
  const before = sync.value?.phase
  sync.value = next
  if (next.phase === 'syncing' || (before === next.phase && history.value.length > 0)) return
  const [last, ...older] = history.value
  const code = next.problem?.code ?? null
  const same = last?.phase === next.phase && last.code === code
  const event = { atMs: Date.now(), phase: next.phase, times: same ? last.times + 1 : 1, unsent: next.unsent, code }
  history.value = (same ? [event, ...older] : [event, ...history.value]).slice(0, HISTORY_MAX)
}

/** Starts to listen. Resolves once the first screen can be chosen. */
export async function startDevice(client: Client): Promise<void> {
  const askWho = async (): Promise<void> => {
    ;[me.value, catalogue.value] = await Promise.all([client.me(), client.catalogue()])
  }
  const heard = (event: ClientEvent): void => {
    switch (event.type) {
      case 'stage':
        stage.value = event.stage
        void askWho().catch(() => undefined)
        break
      case 'sync':
        heardSync(event.sync)
        break
      case 'docs': {
        const ids = new Set(event.ids)
        for (const listener of docsListeners) listener(ids)
        break
      }
      case 'update':
        updateWaiting.value = true
        break
    }
  }
  await client.listen(heard)
  const [firstStage, firstSync] = await Promise.all([client.stage(), client.sync()])
  stage.value ??= firstStage
  if (!sync.value) heardSync(firstSync)
  // Rights follow the grant; a device that is not let in yet has the words but no rights.
  await askWho().catch(() => undefined)
}

/** The shared state. */
export function useDevice() {
  return {
    stage: shallowReadonly(stage),
    sync: shallowReadonly(sync),
    me: shallowReadonly(me),
    catalogue: shallowReadonly(catalogue),
    history: shallowReadonly(history),
    updateWaiting,
    /** Whether records may be shown: let in, unlocked, in contact within the grace. */
    open: computed(() => stage.value?.name === 'ready' || stage.value?.name === 'loading'),
  }
}
