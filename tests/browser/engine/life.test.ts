import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../harness/paths.ts'
import { Front } from '../harness/front.ts'
import { approve, households, invite, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { buildPage, PAGE_HEADERS } from './build.ts'
import { Phone } from './phone.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let office: NativeDevice
let phone: Phone

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li', 'zhao'])
  front = await Front.start(await buildPage(), () => server.port, PAGE_HEADERS)
  office = await nativeDevice(server, folder.path, 'li')
  await office.apply(households(40))
  await office.sync()
  phone = await Phone.open(join(folder.path, 'profile'), front.url)
})

afterAll(async () => {
  await phone?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

async function visitOf(household: string, found: string) {
  const year = new Date().getFullYear()
  const value = { date: `${year}-03-05`, author: 'wang', found, promised: '送米一袋' }
  return phone.call('edit', { doc: `${household}.j${year}`, ops: [{ op: 'add', path: ['visits'], value }] })
}

test('a phone asks to be let in, shows the words the server shows, and may write at once', async () => {
  await phone.stage('empty')
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
  const stage = await phone.stage('waiting')
  if (stage.name !== 'waiting') throw new Error(stage.name)
  expect(stage.enrolment.words).toHaveLength(6)
  await phone.call('edit', { new: 'household', village: VILLAGE, id: 'h900', value: { householder: '新户', group: 1 } })
  expect((await phone.call('sync')).unsent).toBe(1)
})

test('once approved it loads the village, and what it wrote before arrives', async () => {
  const report = await phone.call('report')
  const device = /device: ([0-9a-f]{32})/.exec(report)?.[1] ?? ''
  await approve(server, device)
  await phone.stage('ready')
  await phone.settled()
  const { total, rows } = await phone.until('all rows', () => phone.call('households', {}, 0, 100), (page) => page.total === 41 && page.rows.every((row) => !row.loading))
  expect(total).toBe(41)
  expect(rows.find((row) => row.id === 'h900')?.mark.at).toBe('server')
  const doc = await phone.call('doc', 'h3')
  expect(doc.value['householder']).toBe(rows.find((row) => row.id === 'h3')?.householder)
  expect((await phone.call('me'))?.person).toBe('wang')
})

test('households are found by name, reading, initials, telephone and the end of an identity number', async () => {
  const [row] = (await phone.call('households', { text: '赵' }, 0, 10)).rows
  expect(row).toBeDefined()
  for (const text of ['zhao', 'z', row?.phone ?? '', '010004']) {
    const found = await phone.call('households', { text }, 0, 100)
    expect(found.total, text).toBeGreaterThan(0)
  }
  expect((await phone.call('households', { text: 'shan' }, 0, 10)).rows.some((row) => row.householder.startsWith('单'))).toBe(true)
  expect((await phone.call('duplicates', { village: VILLAGE, idNumber: '522701197001010004' })).map((one) => one.household)).toEqual(['h4'])
})

test('what is written while the server is down survives a killed browser and is sent once it is back', async () => {
  await server.stop()
  const doc = await visitOf('h3', '屋顶漏水')
  await phone.call('edit', { doc: 'h5', ops: [{ op: 'set', path: ['phone'], value: '13900000000' }] })
  await phone.call('saveDraft', 'visit/h7', { found: '写了一半' })
  await phone.killAndReopen()
  await phone.stage('ready')
  expect((await phone.call('sync')).unsent).toBe(2)
  const [visit] = await phone.call('visits', 'h3')
  expect(visit).toMatchObject({ doc, found: '屋顶漏水', mark: { at: 'phone' } })
  expect((await phone.call('drafts')).map((draft) => draft.value)).toEqual([{ found: '写了一半' }])
  expect(await phone.call('unsentText')).toContain('屋顶漏水')
  await phone.sync('the server to be missed', (sync) => sync.phase === 'offline')

  await server.restart()
  await phone.call('syncNow')
  await phone.settled()
  expect((await phone.call('visits', 'h3'))[0]?.mark.at).toBe('server')
  await office.sync()
  const seen = (await office.run(['get', doc])) as { value: { visits: Record<string, { found: string }> } }
  expect(Object.values(seen.value.visits).map((visit) => visit.found)).toEqual(['屋顶漏水'])
})

test('what others write comes by itself while the app is open, and is news', async () => {
  await phone.settled()
  await office.apply([{ doc: 'h8', ops: [{ op: 'set', path: ['remark'], value: '从办公室来' }] }])
  await office.sync()
  const doc = await phone.until('the change', () => phone.call('doc', 'h8'), (doc) => doc.value['remark'] === '从办公室来')
  expect(doc.mark.at).toBe('server')
  const today = await phone.call('today')
  expect(today.news.find((one) => one.doc === 'h8')?.by).toBe('li')
})

test('two values of one field are both shown, and choosing one settles it everywhere', async () => {
  front.line = 'cut'
  front.cut()
  await office.apply([{ doc: 'h9', ops: [{ op: 'set', path: ['phone'], value: '13100000001' }] }])
  await office.sync()
  await phone.call('edit', { doc: 'h9', ops: [{ op: 'set', path: ['phone'], value: '13100000002' }] })
  front.line = 'open'
  await phone.call('syncNow')
  const conflicts = await phone.until('the conflict', () => phone.call('conflicts'), (list) => list.length === 1)
  expect(conflicts[0]?.values.map((side) => side.value).sort()).toEqual(['13100000001', '13100000002'])
  expect(conflicts[0]?.values.filter((side) => side.mine)).toHaveLength(1)
  await phone.call('edit', { doc: 'h9', ops: [{ op: 'set', path: ['phone'], value: '13100000001' }] })
  await phone.settled()
  expect((await phone.call('sync')).conflicts).toBe(0)
})

test('an edit the role may not make is refused here, with its place', async () => {
  await expect(phone.call('edit', { doc: 'h9', ops: [{ op: 'set', path: ['verified_at'], value: '2026-01-01' }] })).rejects.toThrow(/not_allowed verified_at/)
  await expect(
    phone.call('editAll', [
      { doc: 'h9', ops: [{ op: 'set', path: ['remark'], value: '不该留下' }] },
      { doc: 'h9', ops: [{ op: 'set', path: ['verified_at'], value: '2026-01-01' }] },
    ]),
  ).rejects.toThrow(/not_allowed/)
  expect((await phone.call('doc', 'h9')).value['remark']).toBeUndefined()
})

test('two windows share one device, and the second goes on when the first is closed', async () => {
  const second = await phone.window()
  await second.stage('ready')
  await second.call('edit', { doc: 'h10', ops: [{ op: 'set', path: ['remark'], value: '第二个窗口' }] })
  expect((await phone.call('doc', 'h10')).value['remark']).toBe('第二个窗口')
  await phone.page.close()
  phone.page = second.page
  await phone.stage('ready')
  await phone.call('edit', { doc: 'h11', ops: [{ op: 'set', path: ['remark'], value: '接着写' }] })
  await phone.settled()
  await office.sync()
  const seen = (await office.run(['get', 'h11'])) as { value: { remark: string } }
  expect(seen.value.remark).toBe('接着写')
})

test('locked, nothing can be read without the PIN, by calls or in the files of the browser', async () => {
  await phone.call('setLock', 'pin', '271828', null)
  await phone.stage('ready')
  await phone.call('lock')
  await phone.stage('locked')
  await expect(phone.call('households', {}, 0, 10)).rejects.toThrow(/locked/)
  await expect(phone.call('unlock', '000001')).rejects.toThrow(/wrong_secret/)
  const stage = await phone.stage('locked')
  expect(stage).toMatchObject({ method: 'pin', wrong: 1 })
  await phone.close()
  const files = allFiles(join(folder.path, 'profile'))
  expect(files.length).toBeGreaterThan(5)
  for (const text of ['屋顶漏水', '写了一半', '13900000000', '522701197001010004', 'householder', 'h900']) {
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const needle = Buffer.from(text, encoding)
      const found = files.filter((file) => file.bytes.includes(needle)).map((file) => file.path)
      // The page itself names fields; it holds no data.
      expect(found.filter((path) => !/Cache|Code/.test(path)), `${text} ${encoding}`).toEqual([])
    }
  }
  phone = await Phone.open(join(folder.path, 'profile'), front.url)
  await phone.stage('locked')
  await phone.call('unlock', '271828')
  await phone.stage('ready')
  expect((await phone.call('visits', 'h3'))[0]?.found).toBe('屋顶漏水')
  await phone.call('setLock', 'none', null, '271828')
  await phone.stage('ready')
})

test('a revoked phone hands over what it has and destroys everything, the key first', async () => {
  await phone.settled()
  const device = (await phone.call('me'))?.device ?? ''
  await server.operate('admin', 'revoke', device)
  await phone.stage('wiped')
  await expect(phone.call('households', {}, 0, 10)).rejects.toThrow(/wiped/)
  await phone.reload()
  await phone.stage('wiped')
  const left = await phone.page.evaluate(async () => {
    const open = indexedDB.open('qiao')
    const database = await new Promise<IDBDatabase>((resolve) => (open.onsuccess = () => resolve(open.result)))
    const counts: Record<string, unknown> = {}
    for (const name of database.objectStoreNames) {
      const ask = database.transaction(name).objectStore(name).getAllKeys()
      counts[name] = await new Promise((resolve) => (ask.onsuccess = () => resolve(ask.result)))
    }
    return counts
  })
  const { control, ...rest } = left
  expect(control).toEqual(['fence', 'wiped'])
  expect(Object.keys(rest)).toEqual(expect.arrayContaining(['blobs', 'bodies', 'journal', 'own', 'pages', 'reserve']))
  for (const [name, keys] of Object.entries(rest)) expect(keys, name).toEqual([])
  await phone.call('startOver', { unsent: 0 })
  await phone.stage('empty')
})

test('nothing went wrong in the page', () => {
  expect(phone.errors.filter((error) => !/Failed to load resource|WebSocket|net::ERR/.test(error))).toEqual([])
})

function allFiles(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) return []
    if (stat.isDirectory()) return allFiles(path)
    return stat.isFile() ? [{ path, bytes: readFileSync(path) }] : []
  })
}
