import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edit } from '../api'
import { type Bytes, concat, toBase64Url, utf8 } from '../bytes'
import { Database } from '../store/database'
import { Store } from '../store/store'
import { newMaster, Vault } from '../store/vault'
import { OWN } from '../worker/records'
import { Attachments, type AttachmentParts } from './attachments'
import { filesIn, formatFiles, parseFiles } from './refs'
import { attachmentMessage, sha256 } from './transfer'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

/** A picture of so many bytes, as far as anybody looks. */
const picture = (size: number, fill: number): Bytes =>
  concat(utf8('RIFF....WEBPVP8 '), new Uint8Array(size - 16).fill(fill))

/** A server with section 19 of the protocol, a line that can break, and a list of what it was asked. */
class Server {
  readonly whole = new Map<string, Bytes>()
  readonly parts = new Map<string, Bytes>()
  asked: string[] = []
  /** Requests that get through before the line breaks. */
  line = Infinity
  /** The answer is lost as well. */
  losesAnswers = false
  knownDocs = new Set(['h1.a1', 'h1.a2'])
  skewMs = 0

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input))
    const method = init?.method ?? 'GET'
    const name = url.pathname.split('/').at(-1) ?? ''
    const doc = url.searchParams.get('doc') ?? ''
    if (this.line <= 0) throw new TypeError('line')
    this.line -= 1
    const headers = new Headers(init?.headers)
    const at = Number(headers.get('authorization')?.split('.')[1])
    const now = Date.now() + this.skewMs
    if (Math.abs(at - now) > 600_000) return this.refuse(401, 'proof_stale', { 'qiao-time': String(now) })
    this.asked.push(`${method} ${[...this.names].find(([, known]) => known === name)?.[0] ?? '?'}`)
    if (!this.knownDocs.has(doc)) return this.refuse(404, 'not_found')
    const key = `${name} ${doc}`
    const known = this.whole.get(key)
    if (method === 'GET') return this.give(known, headers.get('range'))
    const held = this.parts.get(key) ?? new Uint8Array(0)
    if (method === 'HEAD' || known) return this.tell(known?.length ?? held.length, known !== undefined)
    const offset = Number(url.searchParams.get('offset'))
    if (offset !== held.length) return this.refuse(409, 'upload_offset', { 'upload-offset': String(held.length) })
    const grown = concat(held, init?.body as Bytes)
    this.parts.set(key, grown)
    const complete = grown.length === Number(url.searchParams.get('size'))
    if (complete) {
      if (toBase64Url(await sha256(grown)) !== name) return this.refuse(422, 'upload_damaged')
      this.whole.set(key, grown)
    }
    if (this.losesAnswers && this.line <= 0) throw new TypeError('line')
    return this.tell(grown.length, complete)
  }

  /** Names of attachments for tests, by what they are called there. */
  readonly names = new Map<string, string>()

  private give(bytes: Bytes | undefined, range: string | null): Response {
    if (!bytes) return this.refuse(404, 'not_found')
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    return new Response(bytes.slice(from), { status: from > 0 ? 206 : 200 })
  }

  private tell(offset: number, complete: boolean): Response {
    const headers = { 'upload-offset': String(offset), ...(complete ? { 'upload-complete': '?1' } : {}) }
    return new Response(null, { status: 204, headers })
  }

  private refuse(status: number, code: string, headers: Record<string, string> = {}): Response {
    return new Response(JSON.stringify({ code }), { status, headers })
  }
}

interface Scene {
  server: Server
  textIsOut: boolean
  connection: string | null
  low: boolean
  pending: { doc: string; ops: [] }[]
  told: string[]
}

const opened: Attachments[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const one of opened.splice(0)) await one.stop()
})

async function device(name = 'one', server = new Server()) {
  const scene: Scene = { server, textIsOut: true, connection: null, low: false, pending: [], told: [] }
  const database = await Database.open(name)
  const vault = await Vault.open(newMaster())
  const store = new Store(database, vault)
  const open = async (over: Partial<AttachmentParts> = {}) => {
    const attachments = await Attachments.open({
      store,
      base: 'http://server.test/',
      now: Date.now,
      random: () => 0,
      reasons: {},
      skewMs: () => 0,
      signer: () => ({ deployment: 'd', device: '00'.repeat(16), sign: async () => new Uint8Array(64) }),
      textIsOut: () => scene.textIsOut,
      pending: () => scene.pending,
      connection: () => scene.connection,
      storageLow: () => scene.low,
      tell: (hashes) => void scene.told.push(...hashes),
      fetcher: server.fetch,
      reduce: async (blob) => ({
        whole: { type: 'webp', bytes: new Uint8Array(await blob.arrayBuffer()) },
        thumb: { type: 'webp', bytes: picture(2_000, 1 + (blob.size % 200)) },
      }),
      ...over,
    })
    opened.push(attachments)
    return attachments
  }
  return { scene, server, database, store, vault, open, attachments: await open() }
}

const event = (files: string, doc = 'h1.a1'): Edit[] => [
  { doc, ops: [{ op: 'add', path: ['events'], value: { event: 'note', files } }] },
]

async function photographed(attachments: Attachments, server: Server, called: string, size: number) {
  const ref = await attachments.attach(new Blob([picture(size, 7)]), 'photo')
  server.names.set(called, ref.hash)
  server.names.set(`${called} small`, ref.thumb ?? '')
  return ref
}

test('what a field names is read as it was written, among words', () => {
  const hash = `${'B'.repeat(42)}A`
  const ref = { hash, type: 'webp' as const, size: 212_345, thumb: hash, use: 'photo' as const }
  const text = formatFiles([ref, { ...ref, type: 'pdf', thumb: null, use: 'document' }], '户口本')
  expect(parseFiles(text)).toEqual({
    refs: [ref, { ...ref, type: 'pdf', thumb: null, use: 'document' }],
    text: '户口本',
  })
  expect(parseFiles(`@${hash} webp 0123 - p\n@ 村委会`).refs).toEqual([])
  expect(
    parseFiles(
      Array(12)
        .fill(formatFiles([ref]))
        .join('\n'),
    ).refs,
  ).toHaveLength(9)
  expect(filesIn({ postings: [{ files: text }], note: text })).toHaveLength(2)
})

test('what is signed for a request are the bytes of the protocol', async () => {
  const fixture = readFileSync(
    fileURLToPath(new URL('../../../../sync-core/tests/fixtures/wire/signed-attachment.hex', import.meta.url)),
    'utf8',
  ).replace(/\s/g, '')
  const message = await attachmentMessage({
    deployment: 'county-530102',
    device: '01'.repeat(16),
    atMs: 1_795_216_450_123,
    method: 'PUT',
    target: '/sync/v1/attachments/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?doc=h1.ak3&offset=0&size=3',
    body: utf8('abc'),
  })
  expect(Buffer.from(message).toString('hex')).toBe(fixture)
})

test('text goes first, then the small picture, then the photo', async () => {
  const { scene, server, attachments } = await device()
  const ref = await photographed(attachments, server, 'photo', 40_000)
  expect(attachments.states([ref])).toEqual({ [ref.hash]: { at: 'phone' } })
  scene.textIsOut = false
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads()).toMatchObject({ waiting: 2, phase: 'text_first' }))
  expect(server.asked).toEqual([])
  scene.textIsOut = true
  attachments.nudge()
  await vi.waitFor(() => expect(attachments.uploads()).toMatchObject({ waiting: 0, phase: 'idle' }))
  expect(server.asked[0]).toBe('PUT photo small')
  expect(server.asked.filter((asked) => asked === 'PUT photo').length).toBeGreaterThan(0)
  expect(attachments.states([ref])).toEqual({ [ref.hash]: { at: 'server' } })
  expect(server.whole.get(`${ref.hash} h1.a1`)).toEqual(picture(40_000, 7))
  expect(scene.told).toContain(ref.hash)
})

test('a photo that was cut goes on where the server stands, also after the app was opened again', async () => {
  const { server, attachments, open } = await device()
  const ref = await photographed(attachments, server, 'photo', 200_000)
  server.line = 4
  server.losesAnswers = true
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().phase).toBe('offline'))
  const arrived = server.parts.get(`${ref.hash} h1.a1`)?.length ?? 0
  expect(arrived).toBeGreaterThan(0)
  expect(arrived).toBeLessThan(200_000)
  await attachments.stop()
  server.line = Infinity
  server.losesAnswers = false
  const again = await open()
  again.nudge()
  await vi.waitFor(() => expect(again.uploads().waiting).toBe(0))
  expect(server.whole.get(`${ref.hash} h1.a1`)).toEqual(picture(200_000, 7))
})

test('between two pieces text goes first', async () => {
  const { scene, server, open } = await device()
  let pieces = 0
  const attachments = await open({
    fetcher: (input, init) => {
      pieces += 1
      if (pieces === 3) scene.textIsOut = false
      return server.fetch(input, init)
    },
  })
  const ref = await photographed(attachments, server, 'photo', 200_000)
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().phase).toBe('text_first'))
  expect(pieces).toBe(3)
  scene.textIsOut = true
  attachments.nudge()
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
  expect(server.whole.get(`${ref.hash} h1.a1`)?.length).toBe(200_000)
})

test('it waits for a link that is allowed, or for somebody to say so', async () => {
  const { scene, server, attachments } = await device()
  const ref = await photographed(attachments, server, 'photo', 3_000)
  await attachments.setLink('wifi')
  scene.connection = 'cellular'
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads()).toMatchObject({ waiting: 2, phase: 'link', link: 'wifi' }))
  scene.connection = 'wifi'
  attachments.hint()
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
  await attachments.setLink('ask')
  const next = await photographed(attachments, server, 'next', 3_100)
  await attachments.bind(event(formatFiles([next])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().phase).toBe('link'))
  attachments.permit()
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
})

test('a document that has not been accepted yet is waited for, and the others go on', async () => {
  const { server, attachments } = await device()
  const [one, two] = [
    await photographed(attachments, server, 'one', 3_000),
    await photographed(attachments, server, 'two', 3_100),
  ]
  server.knownDocs.delete('h1.a1')
  await attachments.bind([...event(formatFiles([one])), ...event(formatFiles([two]), 'h1.a2')], ['h1.a1', 'h1.a2'])
  await vi.waitFor(() => expect(attachments.states([two])).toEqual({ [two.hash]: { at: 'server' } }))
  expect(attachments.states([one])).toEqual({ [one.hash]: { at: 'phone' } })
  server.knownDocs.add('h1.a1')
  attachments.permit()
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
})

test('a wrong clock is put right by the server', async () => {
  const { server, attachments } = await device()
  server.skewMs = 5 * 365 * 86_400_000
  const ref = await photographed(attachments, server, 'photo', 3_000)
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
})

test('another device is shown the small picture, then the photo, and keeps them', async () => {
  const server = new Server()
  const { attachments } = await device('one', server)
  const ref = await photographed(attachments, server, 'photo', 30_000)
  const other = await device('two', server)
  expect(await other.attachments.attachment('h1.a1', ref, 'thumb')).toEqual({ waiting: 'loading' })
  await vi.waitFor(async () =>
    expect(await other.attachments.attachment('h1.a1', ref, 'thumb')).toEqual({ waiting: 'not_there' }),
  )
  await attachments.bind(event(formatFiles([ref])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
  other.attachments.hint()
  for (const part of ['thumb', 'whole'] as const) {
    await vi.waitFor(async () => expect(await other.attachments.attachment('h1.a1', ref, part)).toHaveProperty('blob'))
  }
  server.line = 0
  const held = await (await other.open()).attachment('h1.a1', ref, 'whole')
  expect('blob' in held && new Uint8Array(await held.blob.arrayBuffer())).toEqual(picture(30_000, 7))
})

test('what the device stores shows nothing of a picture, and moves to another key', async () => {
  const { store, database, attachments, server } = await device()
  const ref = await photographed(attachments, server, 'photo', 9_000)
  const stored = await database.idb.getAll('blobs')
  expect(stored).toHaveLength(2)
  for (const bytes of stored) expect(Buffer.from(bytes).includes('WEBP')).toBe(false)
  const next = await Vault.open(newMaster())
  await store.rekey(next, Object.values(OWN), () => undefined)
  const moved = await device('one', server)
  // The database is the same, the key another.
  const again = await moved.open({ store: new Store(database, next) })
  const held = await again.attachment('h1.a1', ref, 'whole')
  expect('blob' in held && held.blob.size).toBe(9_000)
})

test('where room is short what is on the server goes, small pictures and what is unsent stay', async () => {
  const { scene, server, attachments } = await device()
  const sent = await photographed(attachments, server, 'sent', 30_000)
  await attachments.bind(event(formatFiles([sent])), ['h1.a1'])
  await vi.waitFor(() => expect(attachments.uploads().waiting).toBe(0))
  const unsent = await photographed(attachments, server, 'unsent', 30_100)
  scene.low = true
  await attachments.trim()
  expect(await attachments.attachment('h1.a1', sent, 'thumb')).toHaveProperty('blob')
  expect(await attachments.attachment('h1.a1', unsent, 'whole')).toHaveProperty('blob')
  expect(await attachments.attachment('h1.a1', sent, 'whole')).toEqual({ waiting: 'loading' })
  await vi.waitFor(async () => expect(await attachments.attachment('h1.a1', sent, 'whole')).toHaveProperty('blob'))
})

test('of a signature and photos taken at the same moment none is lost', async () => {
  const { server, attachments, open } = await device()
  const refs = await Promise.all(
    [3_000, 3_050, 3_100].map((size, at) => photographed(attachments, server, `${at}`, size)),
  )
  await attachments.bind(event(formatFiles(refs)), ['h1.a1'])
  await attachments.stop()
  const again = await open()
  for (const ref of refs) expect(await again.attachment('h1.a1', ref, 'whole')).toHaveProperty('blob')
  expect([...server.whole.keys()].length + again.uploads().waiting).toBeGreaterThanOrEqual(6)
})

test('a picture that cannot be had without a line says so, and one nobody has sent says that', async () => {
  const { server, attachments } = await device()
  const ref = await (await device('two', server)).attachments.attach(new Blob([picture(5_000, 9)]), 'photo')
  server.names.set('theirs', ref.hash)
  const waiting = async () => (await attachments.attachment('h1.a1', ref, 'whole')) as { waiting?: string }
  await waiting()
  await vi.waitFor(async () => expect(await waiting()).toEqual({ waiting: 'not_there' }))
  attachments.hint()
  server.line = 0
  await waiting()
  await vi.waitFor(async () => expect(await waiting()).toEqual({ waiting: 'offline' }))
})

test('what an edit named that was stored last moment is found again', async () => {
  const { server, attachments, open } = await device()
  const ref = await photographed(attachments, server, 'photo', 3_000)
  await attachments.stop()
  const again = await open({ pending: () => event(formatFiles([ref])) as { doc: string; ops: [] }[] })
  again.nudge()
  await vi.waitFor(() => expect(again.uploads().waiting).toBe(0))
  expect(server.whole.has(`${ref.hash} h1.a1`)).toBe(true)
  await again.drop(ref)
  expect(await again.attachment('h1.a1', ref, 'whole')).toHaveProperty('blob')
})
