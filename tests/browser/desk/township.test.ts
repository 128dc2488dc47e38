import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { findings } from './axe.ts'
import { type Account, Office } from './office.ts'

const VILLAGE = '530101001'
const folder = freshFolder()
const shots = workFolder('desk')
let office: Office
let sun: Account
let page: Page
let phone: NativeDevice

function household(id: string, householder: string, more: object = {}): object {
  const value = {
    householder,
    group: 3,
    number: `3-${id}`,
    address: '三组12号',
    phone: '13900001111',
    household_type: '一般户',
    register_state: 'active',
    members: [{ name: householder, relation: '户主', id_number: '522701197001010017' }],
    ...more,
  }
  return { new: 'household', village: VILLAGE, id, value }
}
function need(household: string, no: number, title: string, more: object = {}): object {
  const value = { title, category: '水利', urgency: 'normal', state: 'open', raised_on: '2026-11-01', ...more }
  return { new: 'need', household, id: `${household}.n${no}`, value }
}
const number = (key: string) => page.locator(`[data-number="${key}"] strong`)
const cards = (column: string) => page.getByRole('region', { name: column, exact: true }).getByRole('link')

beforeAll(async () => {
  office = await Office.open(folder.path)
  await office.person('p-li', '李敏', 'team', '--places', VILLAGE)
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  await office.person('p-chen', '陈工', 'unit', '--unit', 'u-water')
  await office.server.operate('admin', 'pair', 'add', 'u-water', '--village', VILLAGE)
  phone = await office.phone('p-li')
  const visits = [
    { date: '2026-11-10', author: 'p-li', purpose: '日常走访', presence: '户主在家', found: '水管老化。' },
  ]
  await phone.apply([
    household('h1', '沈清华', { household_type: '监测对象', monitoring_type: '突发严重困难户', risk: '因病' }),
    household('h2', '马建国'),
    { new: 'journal', household: 'h1', year: 2026, value: { visits } },
    need('h1', 1, '自来水管冻裂', { due: '2026-11-10' }),
    need('h2', 1, '入户路塌方', { unit: 'u-water', state: 'assigned', due: '2027-12-30' }),
  ])
  await phone.sync()
  sun = await office.account('sun', '孙丽', 'p-sun')
  page = await office.desk()
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

test('a township begins with its numbers and its villages', async () => {
  await office.signIn(page, sun)
  await page.getByRole('heading', { name: '概况' }).waitFor()
  await page.getByRole('link', { name: /青山村/ }).waitFor()
  expect(await number('needs_open').innerText()).toBe('2')
  expect(await number('needs_unassigned').innerText()).toBe('1')
  expect(await page.locator('[data-place="530101002"]').innerText()).toContain('从未同步')
  await page.screenshot({ path: join(shots, 'township-overview.png') })
})

test('what a phone pushes is a number on the screen without a reload', async () => {
  for (let no = 1; no <= 3; no += 1) {
    await phone.apply([need('h2', 10 + no, `水窖漏水${no}`)])
    await phone.sync()
    await expect.poll(() => number('needs_open').innerText()).toBe(String(2 + no))
  }
  expect(await number('needs_unassigned').innerText()).toBe('4')
})

test('a number opens the list behind it; what nobody took is put before a unit, urged, and closed', async () => {
  await page.getByRole('link', { name: /超期诉求/ }).click()
  await cards('无人办理').filter({ hasText: '自来水管冻裂' }).click()
  const drawer = page.getByRole('dialog', { name: '自来水管冻裂' })
  await drawer.getByText('青山村').waitFor()
  await drawer.getByRole('button', { name: '交单位办理' }).click()
  await drawer.getByLabel('办理单位').selectOption({ label: '县水务局' })
  await drawer.getByLabel('办理期限').fill('2027-11-30')
  await drawer.getByRole('button', { name: '交办' }).click()
  await drawer.getByText('已分办').waitFor()
  await drawer.getByRole('button', { name: '督办' }).click()
  await drawer.getByLabel('办理期限').fill('2027-11-20')
  await drawer.getByRole('button', { name: '督办' }).click()
  await drawer.getByText('乡镇督办：请于 2027-11-20 前办结。').waitFor()
  await page.goto(`${office.front.url}/desk/needs/h2.n11`)
  const other = page.getByRole('dialog', { name: '水窖漏水1' })
  await other.getByRole('button', { name: '销号' }).click()
  await other.getByLabel('销号意见').fill('重复登记')
  await other.getByRole('button', { name: '销号' }).click()
  await other.getByText('已销号').waitFor()
  await page.getByText(/\d 条待上传/).waitFor({ state: 'detached' })
  await phone.sync()
  expect(JSON.stringify(await phone.run(['get', 'h1.n1']))).toContain('u-water')
  expect(JSON.stringify(await phone.run(['get', 'h2.n11']))).toContain('重复登记')
})

test('households are found by pinyin and by what is asked for; nothing typed gets into an address', async () => {
  await page.goto(`${office.front.url}/desk/households`)
  const box = page.getByRole('textbox', { name: /姓名/ })
  await box.fill('shenqh')
  await page.getByText('没有找到').waitFor()
  await box.fill('sqh')
  await page.getByRole('link', { name: '沈清华' }).waitFor()
  expect(await page.getByRole('link', { name: '马建国' }).count()).toBe(0)
  expect(page.url()).not.toContain('sqh')
  await box.fill('')
  await page.getByLabel('走访情况').selectOption({ label: '90 天未走访' })
  await page.getByRole('link', { name: '马建国' }).waitFor()
  await page.getByRole('link', { name: '沈清华' }).waitFor({ state: 'detached' })
  expect(page.url()).toContain('not_visited_days=90')
  await page.getByRole('button', { name: '保存为常用查询' }).click()
  await page.getByLabel('查询名称').fill('长期未走访')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await page.getByRole('link', { name: '清除条件' }).click()
  await page.getByRole('link', { name: '沈清华' }).waitFor()
  await page.getByRole('link', { name: '长期未走访' }).click()
  await page.getByRole('link', { name: '沈清华' }).waitFor({ state: 'detached' })
  await page.screenshot({ path: join(shots, 'township-search.png') })
})

test('a list is taken along as a workbook', async () => {
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出 Excel' }).click()
  const file = await coming
  expect(file.suggestedFilename()).toMatch(/^农户名单-.*\.xlsx$/)
  expect(readFileSync(await file.path()).subarray(0, 2).toString(), 'a workbook').toBe('PK')
})

test('a household is read with its visits and its history; what is sensitive stays hidden until asked for', async () => {
  await phone.apply([{ doc: 'h1', ops: [{ op: 'set', path: ['address'], value: '三组新村1号' }] }])
  await phone.sync()
  await page.goto(`${office.front.url}/desk/households/h1`)
  await page.getByText('三组新村1号').waitFor()
  expect(await page.locator('main').innerText()).not.toContain('522701197001010017')
  await page.screenshot({ path: join(shots, 'township-household.png') })
  await page.getByRole('button', { name: /^走访/ }).click()
  await page.getByText('水管老化。').waitFor()
  await page.getByRole('button', { name: '修改记录' }).click()
  await page.getByText('由 三组12号 改为 三组新村1号').waitFor()
  await page.screenshot({ path: join(shots, 'township-history.png') })
})

test('a unit sees the months of its villages as sums, and no file', async () => {
  const chen = await office.desk()
  await office.signIn(chen, await office.account('chen', '陈工', 'p-chen'), 'activity')
  await chen.getByRole('button', { name: /青山村/ }).click()
  const table = chen.getByRole('region', { name: '青山村 每月数字' })
  expect(await table.getByRole('row', { name: /^走访/ }).innerText()).toMatch(/1$/)
  await chen.locator('canvas').waitFor()
  await chen.screenshot({ path: join(shots, 'unit-activity.png') })
  expect(await findings(chen)).toEqual([])
  await chen.goto(`${office.front.url}/desk/households/h1`)
  await chen.getByText('当前角色不能打开这个页面').waitFor()
  await chen.context().close()
})

test('every page of a township reads well, wide and narrow, in both languages, dark and light', async () => {
  const found: Record<string, string[]> = {}
  const look = async (name: string): Promise<void> => {
    for (const path of ['overview', `overview/${VILLAGE}`, 'needs', 'households', 'households/h1', 'activity']) {
      await page.goto(`${office.front.url}/desk/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' })
      await page.waitForTimeout(500)
      found[`${name} ${path}`] = await findings(page)
      await page.screenshot({ path: join(shots, `township-${name}-${path.replaceAll('/', '-')}.png`) })
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(over, `${name} ${path}`).toBeLessThanOrEqual(0)
    }
  }
  await look('zh')
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await look('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Visits and needs' }).waitFor()
  await look('en')
  expect(Object.entries(found).flatMap(([where, some]) => some.map((one) => `${where}: ${one}`))).toEqual([])
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
