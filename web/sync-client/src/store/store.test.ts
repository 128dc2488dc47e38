import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { fromUtf8, utf8 } from '../bytes'
import { Database, Fenced, SCHEMA_VERSION, TooNew } from './database'
import { pack, pageOf, type Records, unpack } from './packed'
import { Store } from './store'
import { newMaster, Unreadable, Vault } from './vault'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

async function fresh(master = newMaster()) {
  const database = await Database.open('test')
  return { database, master, vault: await Vault.open(master), store: new Store(database, await Vault.open(master)) }
}

const texts = (records: Iterable<[string, Uint8Array]>) =>
  Object.fromEntries([...records].map(([key, value]) => [key, fromUtf8(value)]))

test('records are read back as they were packed, and a deletion is told from an empty value', () => {
  const packed = pack([
    ['m/a', utf8('一')],
    ['m/b', new Uint8Array(0)],
    ['m/c', null],
  ])
  const noted: Records = new Map([['m/c', utf8('old')]])
  unpack(packed, noted, 'note')
  expect([...noted.keys()].sort()).toEqual(['m/a', 'm/b', 'm/c'])
  expect(noted.get('m/c')).toBeNull()
  expect(noted.get('m/b')?.length).toBe(0)
})

test('keys spread over the pages', () => {
  const pages = new Set(Array.from({ length: 2_000 }, (_, index) => pageOf(`m/doc/h${index}`, 64)))
  expect(pages.size).toBe(64)
})

test('what was applied is there after opening again, and what was deleted is not', async () => {
  const { database, master, store } = await fresh()
  await store.load('engine')
  await store.apply({
    engine: new Map([
      ['m/state', utf8('1')],
      ['m/doc/h1', utf8('doc')],
      ['b/h1/s', utf8('snapshot')],
      ['b/h1/v0001', utf8('change')],
      ['u/entry/1', utf8('later')],
    ]),
    index: new Map([['r/h1', utf8('row')]]),
    own: new Map([['drafts', utf8('d')]]),
  })
  await store.apply({
    engine: new Map([
      ['m/state', utf8('2')],
      ['b/h1/v0001', null],
    ]),
  })
  database.close()

  const again = await Database.open('test')
  const reopened = new Store(again, await Vault.open(master))
  expect(texts(await reopened.load('engine'))).toEqual({ 'm/state': '2', 'm/doc/h1': 'doc', 'u/entry/1': 'later' })
  expect(texts(await reopened.load('index'))).toEqual({ 'r/h1': 'row' })
  expect(texts(await reopened.bodies('b/h1/'))).toEqual({ 'b/h1/s': 'snapshot' })
  expect(fromUtf8((await reopened.own('drafts')) ?? new Uint8Array(0))).toBe('d')
})

test('folding changes nothing that is read, and goes on from there', async () => {
  const { database, master, store } = await fresh()
  await store.load('engine')
  for (let index = 0; index < 400; index++)
    await store.apply({ engine: new Map([[`m/doc/h${index % 50}`, utf8(String(index))]]) })
  const before = texts(await store.load('engine'))
  expect(store.wantsFold()).toBe('engine')
  await store.fold('engine')
  expect(store.wantsFold()).toBeNull()
  expect(await database.idb.count('journal')).toBe(0)
  await store.apply({ engine: new Map([['m/doc/h1', null]]) })
  delete before['m/doc/h1']
  const reopened = new Store(database, await Vault.open(master))
  expect(texts(await reopened.load('engine'))).toEqual(before)
})

test('a store of another key reads nothing', async () => {
  const { database, store } = await fresh()
  await store.apply({ engine: new Map([['m/state', utf8('1')]]) })
  const other = new Store(database, await Vault.open(newMaster()))
  await expect(other.load('engine')).rejects.toBeInstanceOf(Unreadable)
})

test('nothing that was stored can be read without the key: neither names nor values', async () => {
  const { database, store } = await fresh()
  await store.apply({
    engine: new Map([
      ['m/doc/canary-name', utf8('canary-meta')],
      ['b/canary-name/s', utf8('canary-body')],
    ]),
    index: new Map([['r/canary-name', utf8('canary-row')]]),
    own: new Map([['drafts', utf8('canary-draft')]]),
  })
  await store.fold('engine')
  for (const table of ['pages', 'journal', 'bodies', 'own'] as const) {
    const all = [...(await database.idb.getAllKeys(table)), ...(await database.idb.getAll(table))]
    const text = all
      .map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : JSON.stringify(one)))
      .join(' ')
    expect(text).not.toContain('canary')
  }
})

test('everything is there under another key after rekeying', async () => {
  const { database, store } = await fresh()
  await store.load('engine')
  await store.apply({
    engine: new Map([
      ['m/doc/h1', utf8('doc')],
      ['b/h1/s', utf8('body')],
    ]),
    index: new Map([['r/h1', utf8('row')]]),
    own: new Map([['drafts', utf8('d')]]),
  })
  const next = await Vault.open(newMaster())
  await store.rekey(next, ['drafts'], (tx) => void tx.objectStore('control').put(7, 'lock'))
  const reopened = new Store(database, next)
  expect(texts(await reopened.load('engine'))).toEqual({ 'm/doc/h1': 'doc' })
  expect(texts(await reopened.bodies('b/h1/'))).toEqual({ 'b/h1/s': 'body' })
  expect(await reopened.own('drafts')).toEqual(utf8('d'))
  expect(await database.idb.get('control', 'lock')).toBe(7)
})

test('an engine that another has taken over from writes nothing more', async () => {
  const { database, store } = await fresh()
  await database.takeFence()
  await store.apply({ own: new Map([['a', utf8('1')]]) })
  const second = await Database.open('test')
  await second.takeFence()
  await expect(store.apply({ own: new Map([['a', utf8('2')]]) })).rejects.toBeInstanceOf(Fenced)
  expect(await store.own('a')).toEqual(utf8('1'))
})

test('a store of a newer app is left alone', async () => {
  const newer = indexedDB.open('test', SCHEMA_VERSION + 1)
  await new Promise((resolve) => (newer.onsuccess = resolve))
  newer.result.close()
  await expect(Database.open('test')).rejects.toBeInstanceOf(TooNew)
})
