import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { findings } from './axe.ts'
import { Office } from './office.ts'

const PAGES = [
  '',
  'enrolments',
  'invitations',
  'devices',
  'quarantine',
  'people',
  'places',
  'units',
  'accounts',
  'audit',
  'sessions',
  'nowhere',
]
const shots = workFolder('desk')
const folder = freshFolder()
let office: Office
let page: Page

beforeAll(async () => {
  mkdirSync(shots, { recursive: true })
  office = await Office.open(folder.path)
  await office.person('p-li', '李敏', 'team', '--places', '530101001', '--phone', '13800138000')
  await office.person('p-wang', '王强', 'committee', '--places', '530101002')
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  await office.person('p-chen', '陈工', 'unit', '--unit', 'u-water')
  await office.server.operate('admin', 'pair', 'add', 'u-water', '--village', '530101001')
  const phone = new NativeDevice(join(folder.path, 'phone'))
  const [invitation] = await office.server.operate('admin', 'invite', 'p-li', '--json')
  const enrolled = await phone.run([
    'enrol',
    '--server',
    office.server.url,
    '--invite',
    String(invitation?.['code']),
    '--name',
    'Redmi 9A',
  ])
  await office.server.operate('admin', 'approve', String(enrolled['device']), '--words-compared')
  await phone.sync()
  const second = new NativeDevice(join(folder.path, 'second'))
  const [another] = await office.server.operate('admin', 'invite', 'p-li', '--json')
  await second.run([
    'enrol',
    '--server',
    office.server.url,
    '--invite',
    String(another?.['code']),
    '--name',
    'Redmi 9A',
  ])
  const walkUp = new NativeDevice(join(folder.path, 'walk-up'))
  await walkUp.run([
    'enrol',
    '--server',
    office.server.url,
    '--walk-up',
    '王强',
    '--place',
    '白石村',
    '--note',
    '新换的手机',
    '--name',
    'Honor X5',
  ])
  await office.server.operate('admin', 'invite', 'p-wang', '--json')
  page = await office.desk()
  await page.goto(`${office.front.url}/desk/`)
  await page.getByLabel('账号').waitFor()
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

async function settled(at: Page): Promise<void> {
  await at.getByRole('heading', { level: 1 }).waitFor()
  await at.locator('[aria-busy="true"]').waitFor({ state: 'detached' })
  await at.waitForTimeout(250)
}

test('the door is usable by everybody', async () => {
  expect(await findings(page)).toEqual([])
  await page.screenshot({ path: join(shots, 'sign-in.png') })
})

test('every page reads well, in Chinese and in English, wide and narrow', async () => {
  const root = await office.account('root', '周管理')
  await office.signIn(page, root)
  const found: Record<string, string[]> = {}
  for (const language of ['zh', 'en']) {
    if (language === 'en') {
      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('link', { name: 'Home' }).first().waitFor()
    }
    for (const path of PAGES) {
      await page.goto(`${office.front.url}/desk/${path}`)
      await settled(page)
      found[`${language} ${path}`] = await findings(page)
      await page.screenshot({ path: join(shots, `${language}-${path || 'home'}.png`) })
      const width = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(width, `${path} does not scroll sideways`).toBeLessThanOrEqual(0)
    }
  }
  await page.setViewportSize({ width: 1024, height: 768 })
  for (const path of PAGES) {
    await page.goto(`${office.front.url}/desk/${path}`)
    await settled(page)
    await page.screenshot({ path: join(shots, `narrow-${path || 'home'}.png`) })
    const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(width, `${path} at 1024`).toBeLessThanOrEqual(0)
  }
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.getByRole('button', { name: '中文' }).click()
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const path of ['', 'enrolments', 'devices', 'audit', 'places']) {
    await page.goto(`${office.front.url}/desk/${path}`)
    await settled(page)
    found[`dark ${path}`] = await findings(page)
    await page.screenshot({ path: join(shots, `dark-${path || 'home'}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  expect(Object.entries(found).flatMap(([where, some]) => some.map((one) => `${where}: ${one}`))).toEqual([])
})

test('dialogs and drawers are usable by everybody', async () => {
  const found: string[] = []
  const look = async (name: string): Promise<void> => {
    await page.waitForTimeout(500)
    await page.screenshot({ path: join(shots, `${name}.png`) })
    for (const one of await findings(page)) found.push(`${name}: ${one}`)
  }
  await page.goto(`${office.front.url}/desk/enrolments`)
  await page.getByRole('button', { name: '批准', exact: true }).first().click()
  await look('dialog-approve')
  await page.getByRole('button', { name: '暂不处理' }).click()
  await page.goto(`${office.front.url}/desk/invitations`)
  await page.getByRole('button', { name: '按名单批量邀请' }).click()
  await page
    .getByLabel('粘贴名单')
    .fill('姓名,手机,角色,村\n李敏,13800138000,第一书记,青山村\n赵云,13900139000,队员,白石村\n钱进,,队员,无名村')
  await look('dialog-bulk')
  await page.getByRole('button', { name: '取消' }).click()
  await page.goto(`${office.front.url}/desk/devices`)
  await page.getByRole('button', { name: 'Redmi 9A' }).first().click()
  await look('drawer-device')
  await page.goto(`${office.front.url}/desk/people/p-li`)
  await look('drawer-person')
  await page.getByRole('button', { name: '修改' }).click()
  await look('dialog-person')
  await page.goto(`${office.front.url}/desk/places/530101001`)
  await page.getByRole('button', { name: '调整上级' }).click()
  await page.getByRole('combobox', { name: '新的上级' }).click()
  await page.getByText('清水县 / 西河镇').click()
  await look('dialog-move')
  await page.goto(`${office.front.url}/desk/units/u-water`)
  await look('drawer-unit')
  expect(found).toEqual([])
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
