import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { limitStorage } from '../harness/chromium.ts'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { approve, households, invite, livedIn, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { buildPage, PAGE_HEADERS } from './build.ts'
import { Phone } from './phone.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let office: NativeDevice
const phones: Phone[] = []

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  front = await Front.start(await buildPage(), () => server.port, PAGE_HEADERS)
  office = await nativeDevice(server, folder.path, 'li')
  await office.apply(livedIn(120))
  await office.sync()
})

beforeEach(() => {
  front.line = 'open'
  front.bytesPerS = 0
})

afterAll(async () => {
  for (const phone of phones) await phone.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

async function newPhone(): Promise<Phone> {
  const phone = await Phone.open(join(folder.path, `profile-${phones.length}`), front.url)
  phones.push(phone)
  return phone
}

async function deviceOf(phone: Phone): Promise<string> {
  return /device: ([0-9a-f]{32})/.exec(await phone.call('report'))?.[1] ?? ''
}

async function readyPhone(): Promise<Phone> {
  const phone = await newPhone()
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
  await approve(server, await deviceOf(phone))
  await phone.stage('ready')
  return phone
}

test('a first load that is cut again and again goes on where it was, and ends', async () => {
  const phone = await newPhone()
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
  front.line = { cutAfterBytes: 2_000 }
  await approve(server, await deviceOf(phone))
  const held: number[] = []
  for (let cut = 0; cut < 60; cut++) {
    const sync = await phone.sync('an end of the attempt', (sync) => sync.phase !== 'syncing')
    held.push(Number(/documents: (\d+)/.exec(await phone.call('report'))?.[1] ?? 0))
    if (sync.phase === 'complete' && sync.syncedMs > 0) break
    front.line = { cutAfterBytes: 4_000 }
    await phone.call('syncNow')
  }
  await phone.stage('ready')
  expect(held.length).toBeGreaterThan(2)
  expect(held).toEqual([...held].sort((a, b) => a - b))
  await phone.until('all rows', () => phone.call('report'), (report) => /rowsToMake: 0/.test(report))
  expect((await phone.call('households', {}, 0, 1)).total).toBe(120)
  const [own] = (await office.run(['status'])) ? [await office.run(['status'])] : []
  expect(await phone.call('report')).toContain(`documents: ${String(own?.['documents'])}`)
})

test('a browser that is killed again and again while it loads ends up with everything', async () => {
  const phone = await newPhone()
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
  front.bytesPerS = 8_000
  await approve(server, await deviceOf(phone))
  for (const ms of [700, 1_500, 400, 1_100]) {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await phone.killAndReopen()
  }
  front.bytesPerS = 0
  await phone.stage('ready')
  await phone.settled()
  await phone.until('all rows', () => phone.call('report'), (report) => /rowsToMake: 0/.test(report))
  const status = await office.run(['status'])
  expect(await phone.call('report')).toContain(`documents: ${String(status['documents'])}`)
  expect((await phone.call('households', {}, 0, 1)).total).toBe(120)
})

test('what was said to be saved is there, whenever the browser is killed', async () => {
  const phone = await readyPhone()
  front.line = 'cut'
  front.cut()
  const found: string[] = []
  for (let round = 0; round < 4; round++) {
    const text = `第${round}次`
    await phone.call('edit', {
      doc: 'h20.j2026',
      ops: [{ op: 'add', path: ['visits'], value: { date: '2026-05-01', author: 'wang', found: text } }],
    })
    found.push(text)
    await phone.killAndReopen()
    await phone.stage('ready')
    const own = (await phone.call('visits', 'h20')).filter((row) => row.mark.at === 'phone').map((row) => row.found)
    expect(own.sort()).toEqual(found)
  }
  front.line = 'open'
  await phone.call('syncNow')
  await phone.settled()
})

test('a window that is frozen while it leads gives way, and writes nothing when it wakes', async () => {
  const phone = await readyPhone()
  const second = await phone.window()
  const session = await phone.context.newCDPSession(phone.page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  const remark = (value: string) => ({ doc: 'h30', ops: [{ op: 'set' as const, path: ['remark'], value }] })
  await second.call('edit', remark('醒着的窗口'))
  expect((await second.call('doc', 'h30')).value['remark']).toBe('醒着的窗口')
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await phone.call('edit', remark('醒来的窗口'))
  expect((await second.call('doc', 'h30')).value['remark']).toBe('醒来的窗口')
  await second.settled()
  await office.sync()
  expect((await office.run(['get', 'h30']))['value']).toMatchObject({ remark: '醒来的窗口' })
})

test('while the village is still coming its list is there, and what is written goes out', async () => {
  const phone = await newPhone()
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'Test Phone' })
  front.bytesPerS = 3_000
  await approve(server, await deviceOf(phone))
  await phone.stage('loading')
  await phone.until('a first list', () => phone.call('households', {}, 0, 200), (page) => page.total === 120)
  const during = await phone.call('households', {}, 0, 200)
  expect((await phone.call('stage')).name).toBe('loading')
  expect(during.rows.some((row) => row.loading)).toBe(true)
  expect(during.rows.every((row) => row.householder !== '' && row.village === VILLAGE)).toBe(true)
  await phone.call('edit', { new: 'household', village: VILLAGE, id: 'h901', value: { householder: '途中写的' } })
  await phone.stage('ready', 60_000)
  front.bytesPerS = 0
  await phone.settled()
  await office.sync()
  expect((await office.run(['get', 'h901']))['value']).toMatchObject({ householder: '途中写的' })
})

test('a full phone says so and loses nothing; what people write uses the space set aside', async () => {
  const phone = await readyPhone()
  const used = () => phone.page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
  await phone.until('space set aside', used, (bytes) => bytes > 2_500_000)
  front.line = 'cut'
  front.cut()
  const visit = (found: string) => {
    const value = { date: '2026-01-05', author: 'wang', found, promised: '' }
    return phone.call('edit', { doc: 'h7.j2026', ops: [{ op: 'add', path: ['visits'], value }] })
  }
  // The browser believes for half a minute what it knew of the room left, or until nobody has the database open.
  const limit = async (bytes: number) => {
    await limitStorage(phone.page, bytes)
    await phone.page.goto('about:blank')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await phone.page.goto(phone.url)
    await phone.stage('ready')
  }
  await limit((await used()) - 1_000_000)
  await visit('满了还能写')
  expect((await phone.call('sync')).storageLow).toBe(true)

  await limit(1)
  await expect(visit('写不下了')).rejects.toThrow(/storage_full/)
  expect((await phone.call('visits', 'h7')).map((row) => row.found)).toContain('满了还能写')
  expect((await phone.call('sync')).unsent).toBe(1)
  expect(await phone.call('unsentText')).toContain('满了还能写')

  await limit(1_000_000_000)
  front.line = 'open'
  await phone.call('syncNow')
  await phone.settled()
  expect((await phone.call('fieldCheck')).storageLow).toBe(false)
  await office.sync()
  const seen = (await office.run(['get', 'h7.j2026'])) as { value: { visits: Record<string, { found: string }> } }
  const found = Object.values(seen.value.visits).map((one) => one.found)
  expect(found).toContain('满了还能写')
  expect(found).not.toContain('写不下了')
})

test('codes that do not hold are told apart', async () => {
  const phone = await newPhone()
  await expect(phone.call('enrol', { code: 'BBBB-BBBB', model: 'x' })).rejects.toThrow(/code_unknown/)
  const other = await newPhone()
  const code = await invite(server, 'wang')
  await phone.call('enrol', { code, model: 'x' })
  await expect(other.call('enrol', { code, model: 'x' })).rejects.toThrow(/code_used/)
  await server.operate('admin', 'deny', await deviceOf(phone), '--reason', 'wrong phone')
  const stage = await phone.stage('ended')
  expect(stage).toMatchObject({ why: 'denied' })
  await phone.call('startOver', { unsent: 0 })
  await phone.stage('empty')
  await phone.call('enrol', { walkUp: { name: '新来的', place: VILLAGE, note: '' }, model: 'x' })
  expect(await phone.stage('waiting')).toMatchObject({ enrolment: { invited: false } })
})

test('starting over is guarded by what is unsent', async () => {
  const phone = await newPhone()
  await phone.call('enrol', { code: await invite(server, 'wang'), model: 'x' })
  await phone.call('edit', households(1)[0] as never)
  await server.operate('admin', 'deny', await deviceOf(phone), '--reason', 'wrong phone')
  await phone.stage('ended')
  expect(await phone.call('unsentText')).toMatch(/户主姓名/)
  await expect(phone.call('startOver', { unsent: 0 })).rejects.toThrow(/unsent_changed/)
  await phone.call('startOver', { unsent: 1 })
  await phone.stage('empty')
})

test('a request that got no answer is made again with the same key', async () => {
  const phone = await newPhone()
  const code = await invite(server, 'wang')
  front.line = { cutAfterBytes: 10 }
  await expect(phone.call('enrol', { code, model: 'x' })).rejects.toThrow(/interrupted|unreachable/)
  front.line = 'open'
  await phone.reload()
  await phone.stage('empty')
  await phone.call('enrol', { code, model: 'x' })
  await phone.stage('waiting')
})
