import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IDBFactory } from 'fake-indexeddb'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { initSync } from '../../../wasm-pkg/qiao.js'
import { random } from '../bytes'
import { EngineFailure, type EngineModule } from '../engine/port'
import { engineModule } from '../engine/wasm'
import { Index } from '../index/index'
import { DeviceKey } from '../key/device'
import { problem } from '../problem'
import { Database, StorageFull } from '../store/database'
import { Store } from '../store/store'
import { newMaster, Vault } from '../store/vault'
import type { Changes } from './changes'
import { Device } from './device'
import { loadIndex } from './records'

let module: EngineModule

beforeAll(() => {
  // The engine is built by `make wasm`.
  initSync({ module: readFileSync(fileURLToPath(new URL('../../../wasm-pkg/qiao_bg.wasm', import.meta.url))) })
  module = engineModule()
})
beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

async function scene(use: (module: EngineModule) => EngineModule = (module) => module) {
  const master = newMaster()
  const vault = await Vault.open(master)
  const database = await Database.open('test')
  const { key } = await DeviceKey.generate(vault)
  const told: Changes[] = []
  const parts = () => {
    const index = new Index(() => Date.UTC(2026, 4, 1))
    return {
      module: use(module),
      store: new Store(database, vault),
      key,
      index,
      now: () => Date.now(),
      tell: (changes: Changes) => told.push(changes),
    }
  }
  const first = parts()
  const identity = {
    deployment: 'd',
    device: module.deviceId(key.publicKey, key.nonce),
    serverPublicKey: random(65),
    appVersion: '1',
  }
  await loadIndex(first.store, first.index)
  const device = await Device.create(first, identity, new Map())
  const reopen = async () => {
    const again = parts()
    return { device: await Device.open(again, await loadIndex(again.store, again.index)), index: again.index }
  }
  return { database, device, index: first.index, told, reopen }
}

const household = {
  new: 'household' as const,
  village: 'V1',
  id: 'h1',
  value: { householder: '王秀英', group: 3, members: [{ name: '王小明', id_number: '52270119700101001X' }] },
}

test('an edit and its row are there after opening again', async () => {
  const { device, index, reopen } = await scene()
  expect(await device.editAll([household], 'a/1')).toEqual(['h1'])
  await device.editAll(
    [{ doc: 'h1.j2026', ops: [{ op: 'add', path: ['visits'], value: { date: '2026-04-01', found: '好' } }] }],
    'a/2',
  )
  for (const seen of [{ device, index }, await reopen()]) {
    expect((await seen.device.show('h1')).value['householder']).toBe('王秀英')
    const { rows } = seen.index.households({ text: 'wxy' }, null, 0, 10)
    expect(rows).toMatchObject([{ id: 'h1', members: 1, lastVisit: '2026-04-01', mark: { at: 'phone' } }])
    expect(seen.device.status().unsent).toBe(2)
    expect(seen.index.unsent).toBe(2)
  }
})

test('a call that is repeated has no second effect, even after opening again', async () => {
  const { device, reopen } = await scene()
  await device.editAll([household], 'a/1')
  const visit = {
    doc: 'h1.j2026',
    ops: [{ op: 'add' as const, path: ['visits'], value: { date: '2026-04-01', found: '好' } }],
  }
  await device.editAll([visit], 'a/2')
  await device.editAll([visit], 'a/2')
  const again = await reopen()
  await again.device.editAll([visit], 'a/2')
  expect(Object.keys((await again.device.show('h1.j2026')).value['visits'] as object)).toHaveLength(1)
})

test('a step that could not be stored has not happened, and the next one may', async () => {
  const { database, device, index } = await scene()
  await device.editAll([household], 'a/1')
  const write = database.write.bind(database)
  database.write = () => Promise.reject(new StorageFull('full'))
  const remark = (value: string) => [{ doc: 'h1', ops: [{ op: 'set' as const, path: ['remark'], value }] }]
  await expect(device.editAll(remark('一'), 'a/2')).rejects.toBeInstanceOf(StorageFull)
  database.write = write
  expect((await device.show('h1')).value['remark']).toBeUndefined()
  expect(device.status().unsent).toBe(1)
  await device.editAll(remark('二'), 'a/3')
  expect((await device.show('h1')).value['remark']).toBe('二')
  expect(index.household('h1')?.householder).toBe('王秀英')
})

test('of several edits one that is refused takes the others back', async () => {
  const { device } = await scene()
  await device.editAll([household], 'a/1')
  const good = { doc: 'h1', ops: [{ op: 'set' as const, path: ['remark'], value: '一' }] }
  const bad = { doc: 'h1', ops: [{ op: 'set' as const, path: ['no_such_field'], value: '一' }] }
  await expect(device.editAll([good, bad], 'a/2')).rejects.toMatchObject({
    problem: { code: 'unknown_field', path: ['no_such_field'] },
  })
  expect((await device.show('h1')).value['remark']).toBeUndefined()
  expect(device.status().unsent).toBe(1)
})

test('after a panic the engine is opened again from what is stored', async () => {
  let panics = 0
  let renewed = 0
  const { device } = await scene((real) => {
    const broken = (engine: ReturnType<EngineModule['open']>) =>
      new Proxy(engine, {
        get(target, name) {
          if (name === 'edit' && panics > 0) {
            panics -= 1
            return () => {
              throw new EngineFailure('broken', problem('broken'))
            }
          }
          return Reflect.get(target, name) as unknown
        },
      })
    return {
      ...real,
      create: (identity) => broken(real.create(identity)),
      open: (records) => broken(real.open(records)),
      renew: async () => void (renewed += 1),
    }
  })
  await device.editAll([household], 'a/1')
  panics = 1
  const edit = [{ doc: 'h1', ops: [{ op: 'set' as const, path: ['remark'], value: '一' }] }]
  await expect(device.editAll(edit, 'a/2')).rejects.toMatchObject({ problem: { code: 'broken' } })
  expect(renewed).toBe(1)
  await device.editAll(edit, 'a/3')
  expect((await device.show('h1')).value).toMatchObject({ householder: '王秀英', remark: '一' })
})

test('what changed is told once it is stored', async () => {
  const { device, told } = await scene()
  told.length = 0
  await device.editAll([household], 'a/1')
  expect(told.flatMap((changes) => changes.docs)).toEqual(['h1'])
})
