/**
 * This desk's own device: an engine in a worker that holds the records of whoever signed in, and goes live.
 *
 * Owns the only client of the page and what every page may look at without asking: how the link stands, who the device
 * belongs to, the catalogue. Records are not here; pages ask for those they show (`useAsk`). Never shows a sign-in: that
 * is `session/`.
 */
import { computed, shallowReadonly, shallowRef, watch } from 'vue'
import type { Catalogue, Client, ClientEvent, Me, Stage, SyncState } from '@qiao/sync-client'
import { ask, asProblem } from '@qiao/api-client'
import { askAgain, type Asked } from '@qiao/ui'
import { browserOf } from '../session/browser'
import { api, load, session, type Role } from '../session/session'
import { noteUnsent, storeOf } from './stores'

/** Roles whose desks hold records. An administrator's holds none. */
const WITH_RECORDS: ReadonlySet<Role> = new Set<Role>([
  'team',
  'committee',
  'village_cadre',
  'unit',
  'township',
  'county',
])

const stage = shallowRef<Stage | null>(null)
const sync = shallowRef<SyncState | null>(null)
const me = shallowRef<Me | null>(null)
const catalogue = shallowRef<Catalogue | null>(null)
/** Why the device could not be started. */
const failed = shallowRef<unknown>(null)
/** Since when the link stands, and when a record last came or changed. */
const liveSinceMs = shallowRef<number | null>(null)
const heardMs = shallowRef<number | null>(null)

type DocsListener = (ids: ReadonlySet<string>) => void
const docsListeners = new Set<DocsListener>()
let connected: Promise<Client> | null = null
let bound = ''
let binding: Promise<void> = Promise.resolve()
let leaving = false

export const link = {
  stage: shallowReadonly(stage),
  sync: shallowReadonly(sync),
  me: shallowReadonly(me),
  catalogue: shallowReadonly(catalogue),
  failed: shallowReadonly(failed),
  liveSinceMs: shallowReadonly(liveSinceMs),
  heardMs: shallowReadonly(heardMs),
  /** Whether whoever is signed in has records to look at. */
  has: computed(() => {
    const role = session.me.value?.person.role
    return role !== undefined && WITH_RECORDS.has(role)
  }),
  /** Whether records may be shown. */
  open: computed(() => stage.value?.name === 'ready' || stage.value?.name === 'loading'),
}

/** The device once it may be asked. */
export async function device(): Promise<Client> {
  if (!connected) throw new Error('nobody with records is signed in')
  const client = await connected
  await binding
  return client
}

/** Calls `listener` with the documents that are new, different or gone; returns the way to stop. */
export function onDocs(listener: DocsListener): () => void {
  docsListeners.add(listener)
  return () => docsListeners.delete(listener)
}

/** Asks the device now, and again whenever documents change for which `concerns` holds (all, where absent). */
export function useAsk<T>(
  question: (client: Client) => Promise<T>,
  concerns?: (ids: ReadonlySet<string>) => boolean,
): Asked<T> {
  const asked = askAgain(onDocs, async () => question(await device()), concerns)
  // Lists of a device that has just been let in, or that was shut for a while, are asked for anew.
  watch(link.open, (open) => void (open && asked.again()))
  return asked
}

/** Starts the device of whoever is signed in, or binds the one that runs to their new sign-in. */
export function startLink(): void {
  const who = session.me.value
  if (!who || !link.has.value || leaving) return
  if (bound === who.session) return
  bound = who.session
  const store = storeOf(who.person.id)
  connected ??= connectAs(store)
  failed.value = null
  binding = connected
    .then((client) => bind(client, who.session))
    .catch((error: unknown) => {
      failed.value = error
      // Looking again is another try.
      bound = ''
    })
}

/** Destroys what this desk holds; for signing out. Fails when work has come in between that was not asked about. */
export async function endLink(unsent: number): Promise<void> {
  if (!connected) return
  leaving = true
  try {
    const client = await connected
    await client.startOver({ unsent })
    noteUnsent(storeOf(session.me.value?.person.id ?? ''), false)
  } catch (error) {
    leaving = false
    throw error
  }
}

async function connectAs(store: string): Promise<Client> {
  // Administrators never load it.
  const { connect } = await import('@qiao/sync-client')
  const client = await connect({ appVersion: __APP_VERSION__, name: store, desk: true })
  await client.listen((event) => heard(client, store, event))
  const [firstStage, firstSync] = await Promise.all([client.stage(), client.sync()])
  heardStage(client, firstStage)
  heardSync(store, firstSync)
  return client
}

async function bind(client: Client, sign: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const request = await client.deskRequest(sign, browserOf(navigator.userAgent))
    if (!request) break
    try {
      await client.deskOpened(sign, await ask(api.POST('/api/v1/session/device', { body: request })))
      break
    } catch (thrown) {
      if (tries > 0 || asProblem(thrown).code !== 'wrong_state') throw thrown
      // The key was ended with the sign-in before: what it has not sent goes out for review, and another is made.
      await client.syncNow()
      const { unsent } = await client.sync()
      await client.startOver({ unsent })
    }
  }
  await askWho(client)
}

async function askWho(client: Client): Promise<void> {
  ;[me.value, catalogue.value] = await Promise.all([client.me(), client.catalogue()])
}

function heard(client: Client, store: string, event: ClientEvent): void {
  if (event.type === 'stage') heardStage(client, event.stage)
  else if (event.type === 'sync') heardSync(store, event.sync)
  else if (event.type === 'docs') {
    heardMs.value = Date.now()
    const ids = new Set(event.ids)
    for (const listener of docsListeners) listener(ids)
  }
}

function heardStage(client: Client, next: Stage): void {
  const before = stage.value?.name
  stage.value = next
  void askWho(client).catch(() => undefined)
  if (leaving || before === undefined || before === next.name) return
  // Ended here or in another window: whether somebody is still signed in is the server's to say.
  if (next.name === 'ended' || next.name === 'wiped' || (next.name === 'empty' && before !== 'wiped')) {
    bound = ''
    void load()
      .then(startLink)
      .catch(() => undefined)
  }
}

function heardSync(store: string, next: SyncState): void {
  const up = next.phase === 'complete' || (next.phase === 'syncing' && liveSinceMs.value !== null)
  if (!up) liveSinceMs.value = null
  else liveSinceMs.value ??= Date.now()
  sync.value = next
  noteUnsent(store, next.unsent > 0)
}
