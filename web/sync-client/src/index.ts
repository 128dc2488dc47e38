/**
 * The device, for the apps: one call to connect, then everything in `api.ts`.
 *
 * Runs in the page and does only what a worker cannot: starting it, telling it of visibility and touches, asking the
 * browser to keep the data, and noticing a newer app.
 */
import { proxy, wrap } from 'comlink'
import { type Client, ClientError, type ClientEvent, type Edit } from './api'
import { problem, problemOf } from './problem'
import type { PageHint } from './worker/host'
import type { Remote, WorkerOptions } from './worker/main'
import workerUrl from './worker/main?worker&url'

export * from './api'
export {
  ATTACHMENTS_PER_FIELD_MAX,
  type AttachmentRef,
  type AttachmentType,
  type AttachmentUse,
  formatFiles,
  parseFiles,
} from './attachments/refs'

export interface ConnectOptions {
  appVersion: string
  /** Address of the server, ending in a slash; the page's own origin when absent. */
  base?: string
  /** Name of this device's store; `qiao` when absent. */
  name?: string
  /** A desk among others in this browser: keeps what the page has stored for all of them when it is wiped. */
  desk?: boolean
}

/** How often touches are told. */
const TOUCH_EVERY_MS = 15_000

/**
 * Starts the device. Fails with `unsupported_browser` where something is missing that cannot be done without: IndexedDB,
 * WebCrypto (a secure context), WebAssembly, Web Locks, BroadcastChannel, module workers.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  if (!isSupported()) throw new ClientError(problem('unsupported_browser'))
  const worker = new Worker(scriptUrl(workerUrl), { type: 'module', name: 'qiao-device' })
  const remote = wrap<Remote>(worker)
  const listeners = new Set<(event: ClientEvent) => void>()
  const tell = (event: ClientEvent) => {
    if (event.type === 'stage' && event.stage.name === 'wiped' && !options.desk) forgetPage()
    for (const listener of listeners) listener(event)
  }
  const settings: WorkerOptions = {
    base: options.base ?? new URL('/', location.href).href,
    name: options.name ?? 'qiao',
    appVersion: options.appVersion,
  }
  await Promise.race([
    remote.begin(settings, proxy(tell)),
    // A worker that cannot be loaded says so here and nowhere else.
    new Promise<never>((_, reject) =>
      worker.addEventListener('error', () => reject(new ClientError(problem('broken'))), { once: true }),
    ),
  ])
  watchPage((hint) => void remote.hint(hint))
  if (!options.desk) watchUpdates(() => tell({ type: 'update' }))

  async function call<T>(method: string, ...args: unknown[]): Promise<T> {
    // Screens hand over reactive objects; only plain data crosses.
    const plain = args.map((arg) =>
      typeof arg === 'object' && arg !== null && !(arg instanceof Blob)
        ? (JSON.parse(JSON.stringify(arg)) as unknown)
        : arg,
    )
    const answer = await remote.call(method, plain)
    if ('problem' in answer) throw new ClientError(answer.problem)
    return answer.value as T
  }

  return {
    stage: () => call('stage'),
    sync: () => call('sync'),
    me: () => call('me'),
    catalogue: () => call('catalogue'),
    listen: async (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    enrol: (ask) => call('enrol', ask),
    startOver: (confirm) => call('startOver', confirm),
    deskRequest: (session, model) => call('deskRequest', session, model),
    deskOpened: (session, granted) => call('deskOpened', session, granted),
    unlock: (secret) => call('unlock', secret),
    unlockWithPrf: (output) => call('unlockWithPrf', output),
    addPrf: (key, output, current) => call('addPrf', key, output, current),
    lock: () => call('lock'),
    setLock: (method, secret, current) => call('setLock', method, secret, current),
    autoLock: () => call('autoLock'),
    setAutoLock: (ms) => call('setAutoLock', ms),
    households: (filter, from, count) => call('households', filter, from, count),
    needs: (filter, from, count) => call('needs', filter, from, count),
    household: (id) => call('household', id),
    casework: (filter, from, count) => call('casework', filter, from, count),
    caseStanding: (id) => call('caseStanding', id),
    visits: (household) => call('visits', household),
    today: () => call('today'),
    seenNews: () => call('seenNews'),
    doc: (id) => call('doc', id),
    villages: () => call('villages'),
    groups: (village) => call('groups', village),
    names: () => call('names'),
    conflicts: () => call('conflicts'),
    returned: () => call('returned'),
    duplicates: (of) => call('duplicates', of),
    edit: (edit: Edit) => call('edit', edit),
    editAll: (edits: Edit[]) => call('editAll', edits),
    noteSeen: (need) => call('noteSeen', need),
    dismissReturned: (no) => call('dismissReturned', no),
    redoReturned: (no) => call('redoReturned', no),
    saveDraft: (key, value) => call('saveDraft', key, value),
    drafts: () => call('drafts'),
    dropDraft: (key) => call('dropDraft', key),
    attach: (blob, use) => call('attach', blob, use),
    dropAttachment: (ref) => call('dropAttachment', ref),
    attachment: (doc, ref, part, how) => call('attachment', doc, ref, part, how ?? {}),
    attachmentStates: (refs) => call('attachmentStates', refs),
    uploads: () => call('uploads'),
    setUploadLink: (link) => call('setUploadLink', link),
    uploadNow: () => call('uploadNow'),
    syncNow: () => call('syncNow'),
    report: () => call('report'),
    unsentText: () => call('unsentText'),
    fieldCheck: async () => call('fieldCheck', (await navigator.storage?.persisted?.()) ?? false),
    persist: async () => {
      try {
        return (await navigator.storage?.persist?.()) ?? false
      } catch (error) {
        throw new ClientError(problemOf(error))
      }
    },
  }
}

/** Destroys stores of this browser whose names begin so, but for those named. One that is open goes when it is closed. */
export async function destroyStores(prefix: string, keep: readonly string[]): Promise<void> {
  for (const { name } of await indexedDB.databases())
    if (name?.startsWith(prefix) && !keep.includes(name)) indexedDB.deleteDatabase(name)
}

/** Whether this browser has what the device needs. */
export function isSupported(): boolean {
  return (
    globalThis.isSecureContext &&
    'indexedDB' in globalThis &&
    'subtle' in crypto &&
    'WebAssembly' in globalThis &&
    'locks' in navigator &&
    'BroadcastChannel' in globalThis &&
    'Worker' in globalThis
  )
}

interface ScriptPolicy {
  createScriptURL(url: string): unknown
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy
}

let policy: ScriptPolicy | null = null

/** The one script address this code ever makes, approved where the page demands it (Trusted Types policy `qiao-worker`). */
function scriptUrl(url: string): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
  if (!factory) return url
  // A page may make a policy of one name once.
  policy ??= factory.createPolicy('qiao-worker', {
    createScriptURL(asked) {
      if (new URL(asked, location.href).href !== new URL(url, location.href).href) throw new TypeError('another script')
      return asked
    },
  })
  return policy.createScriptURL(url) as string
}

function watchPage(hint: (hint: PageHint) => void): void {
  const installed = ['standalone', 'fullscreen', 'minimal-ui'].some(
    (mode) => matchMedia(`(display-mode: ${mode})`).matches,
  )
  const visible = () => document.visibilityState === 'visible'
  hint({ visible: visible(), installed })
  document.addEventListener('visibilitychange', () => hint({ visible: visible() }))
  addEventListener('pagehide', () => hint({ visible: false }))
  addEventListener('focus', () => hint({ visible: visible(), looked: true }))
  addEventListener('pageshow', () => hint({ visible: visible(), looked: true }))
  // A hint to try, never believed.
  addEventListener('online', () => hint({ online: true }))
  let touchedMs = 0
  const touched = () => {
    if (Date.now() - touchedMs < TOUCH_EVERY_MS) return
    touchedMs = Date.now()
    hint({ touched: true })
  }
  for (const event of ['pointerdown', 'keydown', 'scroll'])
    addEventListener(event, touched, { passive: true, capture: true })
}

/** A newer app has been fetched and waits. */
function watchUpdates(found: () => void): void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!container) return
  void container.ready
    .then((registration) => {
      const waiting = () => {
        if (registration.waiting && container.controller) found()
      }
      waiting()
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', waiting)
      })
    })
    .catch(() => undefined)
}

/** What a page may have kept beside the device, when everything is to go. */
function forgetPage(): void {
  try {
    sessionStorage.clear()
    localStorage.clear()
  } catch {
    // A browser that forbids them has kept nothing.
  }
}
