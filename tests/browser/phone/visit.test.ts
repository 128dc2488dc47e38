/** A day without signal: a visit with a need, a browser that is killed, and everybody sees it once the line is back. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Front } from '../harness/front.ts'
import { freshFolder } from '../harness/paths.ts'
import { households, invite, approve, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import { NativeDevice, type QiaoServer } from '../harness/server.ts'
import { App } from './app.ts'
import { APP_HEADERS, buildApp } from './build.ts'

const folder = freshFolder()
let server: QiaoServer
let front: Front
let colleague: NativeDevice
let unit: NativeDevice
let app: App

/** Household 3 of the scene. */
const HOUSEHOLD = 'h3'
const NAME = '赵强3'
const year = new Date().getFullYear()

beforeAll(async () => {
  server = await village(folder.path, ['wang', 'li'])
  await server.operate('admin', 'unit', 'add', '--id', 'U1', '--name', '县水务局', '--county', 'C1')
  await server.operate('admin', 'pair', 'add', 'U1', '--village', VILLAGE)
  await server.operate('admin', 'person', 'add', '--id', 'hai', '--name', '王海涛', '--role', 'unit', '--unit', 'U1')
  front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
  colleague = await nativeDevice(server, folder.path, 'li')
  await colleague.apply(households(40))
  await colleague.sync()
  unit = new NativeDevice(join(folder.path, 'native-hai'))
  const enrolled = await unit.run(['enrol', '--server', server.url, '--invite', await invite(server, 'hai')])
  await approve(server, String(enrolled['device']))
  await unit.sync()
  app = await App.open(join(folder.path, 'profile'), front.url)
  await app.enrol(server, 'wang')
})

afterAll(async () => {
  await app?.close()
  await front?.stop()
  await server?.stop()
  folder.remove()
})

test('half a visit survives a killed browser while the server is down, and is offered again', async () => {
  await server.stop()
  await app.openHousehold('zq3', NAME)
  await app.tap('新走访')
  await app.choose('户主在家')
  await app.fill('了解到的情况', '自来水管冻裂，已停水三天。')
  await app.page.waitForTimeout(1_000)
  await app.killAndReopen('/')
  await app.tap(new RegExp(`继续写走访：${NAME}`))
  await app.sees('已找回')
  expect(await app.page.getByLabel('了解到的情况').inputValue()).toBe('自来水管冻裂，已停水三天。')
})

test('it is finished with a need for a unit, and says that it is on this phone', async () => {
  await app.fill('答应办理的事', '联系水务局。')
  await app.choose('1周后')
  await app.tap('登记诉求')
  await app.fill(/^标题/, '修水管')
  await app.choose('水利')
  await app.page.getByLabel('交给谁办').selectOption({ label: '县水务局' })
  await app.tap('保存走访')
  await app.sees('登记了 1 件诉求')
  await app.tap('查看户档')
  await app.sees('自来水管冻裂，已停水三天。')
  await app.sees('修水管')
})

test('after another killed browser it is still there, and no draft is left', async () => {
  await app.killAndReopen(`/households/${HOUSEHOLD}`)
  await app.sees('自来水管冻裂，已停水三天。')
  expect(await app.page.locator('.vi .q-mark[data-at="phone"]').count()).toBe(1)
  await app.at('/households')
  await app.page.getByRole('listitem').first().waitFor()
  expect(await app.page.getByText('继续写走访').count()).toBe(0)
})

test('back in range, a colleague sees the visit and the unit its need', async () => {
  await server.restart()
  await app.sync()
  await colleague.sync()
  const journal = (await colleague.run(['get', `${HOUSEHOLD}.j${year}`])) as { value: { visits: Record<string, object> } }
  expect(Object.values(journal.value.visits)).toEqual([
    expect.objectContaining({ author: 'wang', found: '自来水管冻裂，已停水三天。', promised: '联系水务局。', presence: '户主在家', purpose: '日常走访' }),
  ])
  await unit.sync()
  const found = JSON.stringify(await unit.run(['find', '修水管']))
  expect(found).toContain(`${HOUSEHOLD}.n`)
  await app.at(`/households/${HOUSEHOLD}`)
  await app.sees('自来水管冻裂，已停水三天。')
  expect(await app.page.locator('.vi .q-mark[data-at="server"]').count()).toBe(1)
})

test('the unit answers, and the need is confirmed with the household', async () => {
  const need = /h3\.n[0-9a-z]+/.exec(JSON.stringify(await unit.run(['find', '修水管'])))?.[0] ?? ''
  await unit.apply([
    {
      doc: need,
      ops: [
        { op: 'set', path: ['state'], value: 'answered' },
        { op: 'set', path: ['result'], value: '已更换管道四十米' },
        { op: 'add', path: ['responses'], value: { by: 'hai', unit: 'U1', at: `${year}-11-20`, text: '请到户验收' } },
      ],
    },
  ])
  await unit.sync()
  await app.sync()
  await app.at('/needs')
  await app.sees('已答复，请回访确认')
  await app.page.getByRole('link').filter({ hasText: '修水管' }).click()
  await app.sees('请到户验收')
  await app.sees('已更换管道四十米')
  await app.tap('确认已解决')
  await app.page.getByRole('dialog').getByRole('button', { name: '确认已解决' }).click()
  await app.sees('群众确认已解决')
  await app.sync()
  await unit.sync()
  const settled = (await unit.run(['get', need])) as { value: Record<string, unknown> }
  expect(settled.value).toMatchObject({ state: 'solved', confirmed_by: 'wang' })
})

test('nothing went wrong on the way', () => {
  expect(app.errors).toEqual([])
})
