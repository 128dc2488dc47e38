import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { initSync } from '../../../wasm-pkg/qiao.js'
import type { DeskRequest, Stage } from '../api'
import { type Bytes, fromBase64Url, own, toBase64Url } from '../bytes'
import type { EngineModule } from '../engine/port'
import { engineModule } from '../engine/wasm'
import { Host } from './host'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
let module: EngineModule
let host: Host
let calls = 0

beforeAll(() => {
  // The engine is built by `make wasm`.
  initSync({ module: readFileSync(fileURLToPath(new URL('../../../wasm-pkg/qiao_bg.wasm', import.meta.url))) })
  module = engineModule()
})
beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  host = new Host({
    database: 'qiao-desk.p1',
    // Nobody listens there: everything below is done before the server has said anything.
    base: 'http://127.0.0.1:9/',
    appVersion: '1',
    load: async () => module,
    now: Date.now,
    tell: () => undefined,
    fenced: () => undefined,
  })
  await host.start()
})
afterEach(() => host.stop())

const call = (method: string, ...args: unknown[]): Promise<unknown> => host.call(method, args, `call ${(calls += 1)}`)
const offer = (session: string) => call('deskRequest', session, 'Edge 120') as Promise<DeskRequest | null>
const bytes = (text = ''): Bytes => fromBase64Url(text) ?? new Uint8Array(0)
const granted = (request: DeskRequest | null, device?: string) => ({
  device_id: device ?? module.deviceId(bytes(request?.public_key), bytes(request?.nonce)),
  deployment_id: 'd',
  server_public_key: toBase64Url(crypto.getRandomValues(new Uint8Array(65))),
})

test('a desk offers a key whose proof names the sign-in it is for', async () => {
  const request = await offer('s1')
  const publicKey = bytes(request?.public_key)
  const key = await crypto.subtle.importKey('raw', publicKey, CURVE, true, ['verify'])
  const holds = (session: string) =>
    crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      key,
      bytes(request?.proof),
      own(module.enrolProof(`desk:${session}`, publicKey, bytes(request?.nonce), 'Edge 120', '1')),
    )
  expect([await holds('s1'), await holds('s2')]).toEqual([true, false])
})

test('once let in, a desk is bound to its sign-in and keeps its key for the next', async () => {
  const first = await offer('s1')
  await call('deskOpened', 's1', granted(first))
  expect(((await call('stage')) as Stage).name).toBe('loading')
  expect(await offer('s1')).toBeNull()
  const second = await offer('s2')
  expect([second?.public_key, second?.nonce]).toEqual([first?.public_key, first?.nonce])
  await call('deskOpened', 's2', granted(second))
  expect(await offer('s2')).toBeNull()
})

test('an answer about another key opens nothing', async () => {
  await offer('s1')
  await expect(call('deskOpened', 's1', granted(null, 'f'.repeat(64)))).rejects.toMatchObject({
    problem: { code: 'identity_mismatch' },
  })
  expect(await offer('s1')).not.toBeNull()
})

test('what is begun anew has another key and nothing of before', async () => {
  const first = await offer('s1')
  await call('deskOpened', 's1', granted(first))
  await call('saveDraft', 'note', 'half a word')
  await call('startOver', { unsent: 0 })
  expect(((await call('stage')) as Stage).name).toBe('empty')
  const second = await offer('s1')
  expect(second?.public_key).not.toBe(first?.public_key)
  await call('deskOpened', 's1', granted(second))
  expect(await call('drafts')).toEqual([])
})
