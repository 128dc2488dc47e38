/** Every page of the app, in both languages and at twice the text: nothing axe objects to, nothing wider than the phone. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { livedIn, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'
import { DRESSES, dress, faultsOf, type Look } from './look.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let app: App
let need = ''
let group = ''
let notice = ''

/** A page, and what it is known by once it is there. Faces are looked at where their stories are told. */
const SCREENS = [
  ['today', '.today-counts'],
  ['households', '.hr'],
  ['households/new', '.fi'],
  ['households/h4', '.hc'],
  ['households/h4/edit', '.fi'],
  ['households/h4/guarantees', '.chips'],
  ['households/h4/members/new', '.fi'],
  ['households/h4/income/2026', '.fi'],
  ['households/h4/assistance/new', '.fi'],
  ['visit/new', '.hx'],
  ['visit/new?household=h4', '.vf'],
  ['needs', '.nr'],
  ['needs/new?household=h4', '.nf'],
  ['needs/NEED', '.nd'],
  ['needs/NEED/edit', '.fi'],
  ['conflicts', '.q-empty, .cc'],
  ['returned', '.q-empty, .rc'],
  ['village', '.village'],
  [`village/${VILLAGE}/edit`, '.fi'],
  [`village/${VILLAGE}/groups/new`, '.fi'],
  [`village/${VILLAGE}/groups/GROUP`, '.fi'],
  [`village/${VILLAGE}/notices/NOTICE`, '.notice'],
  ['me', '.me-card'],
  ['me/link', '.link-facts'],
  ['me/lock', '.lock-method'],
  ['me/check', '.check-item'],
  ['me/about', '.about'],
  ['enrol', '.q-empty'],
] as const

/** The village as the township and its team know it. */
const PROFILE = [
  { op: 'set', path: ['secretary_name'], value: '李国强' },
  { op: 'set', path: ['office_phone'], value: '08541234567' },
  { op: 'set', path: ['population_count'], value: 1_320 },
  { op: 'set', path: ['industries'], value: '茶叶、刺梨' },
  { op: 'add', path: ['groups'], value: { number: 1, name: '大寨组', leader_name: '周福', phone: '13500000001' } },
]
const NOTICE = { category: '低保公示', title: '关于低保对象的公示', text: '经审核，拟确认下列家庭。', posted_from: '2026-11-01', posted_until: '2036-11-08', contact: '乡民政办' }

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li', 'town'])
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  const town = await nativeDevice(server, folder.path, 'town')
  await town.apply([{ doc: VILLAGE, ops: [{ op: 'add', path: ['notices'], value: NOTICE }] }])
  await town.sync()
  const colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply([...livedIn(12), { doc: VILLAGE, ops: PROFILE }])
  await colleague.sync()
  const { value } = (await colleague.run(['get', VILLAGE])) as { value: Record<'groups' | 'notices', object> }
  ;[group, notice] = [Object.keys(value.groups)[0] ?? '', Object.keys(value.notices)[0] ?? '']
  need = /h4\.n[0-9a-z]+/.exec(JSON.stringify(await colleague.run(['find', '饮水管道'])))?.[0] ?? ''
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test.each(DRESSES)(
  'in %s at %s %% text',
  async (language, size) => {
    await dress(app, language, size)
    const found: Record<string, Look> = {}
    for (const [path, ready] of SCREENS) {
      await app.at(`/${path.replace('NEED', need).replace('GROUP', group).replace('NOTICE', notice)}`)
      await app.comes(path, app.page.locator(ready).first())
      expect(await app.page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dataset['text'] ?? '100'}`)).toBe(`${language} ${size}`)
      const faults = await faultsOf(app)
      if (faults) found[path] = faults
    }
    expect(found).toEqual({})
  },
  300_000,
)

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
