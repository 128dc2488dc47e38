import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { type Account, Office } from './office.ts'

const VILLAGE = '530101001'
const folder = freshFolder()
const shots = workFolder('desk')
let office: Office
let chen: Account
let page: Page
let phone: NativeDevice

/** A need before the water bureau, as a team raises it. */
function need(household: string, id: string, title: string, more: object = {}): object {
  const value = {
    title,
    category: '水利',
    urgency: 'normal',
    state: 'assigned',
    unit: 'u-water',
    raised_on: '2026-11-20',
    ...more,
  }
  return { new: 'need', household, id, value }
}
function household(id: string, householder: string): object {
  return {
    new: 'household',
    village: VILLAGE,
    id,
    value: {
      householder,
      group: 3,
      address: '三组12号',
      phone: '13900001111',
      household_type: '监测对象',
      members: [{ name: householder, relation: '户主' }],
    },
  }
}
const cards = (column: string) => page.getByRole('region', { name: column }).getByRole('link')

beforeAll(async () => {
  office = await Office.open(folder.path)
  await office.person('p-li', '李敏', 'team', '--places', VILLAGE)
  await office.person('p-chen', '陈工', 'unit', '--unit', 'u-water')
  await office.person('p-he', '何工', 'unit', '--unit', 'u-water')
  phone = await office.phone('p-li')
  await phone.apply([household('h1', '沈清华'), household('h2', '马建国'), need('h1', 'h1.n1', '自来水管冻裂')])
  await phone.sync()
  chen = await office.account('chen', '陈工', 'p-chen')
  page = await office.desk()
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

test('whoever signs in for a unit has its needs before them, live', async () => {
  await office.signIn(page, chen)
  await page.getByRole('heading', { name: '诉求' }).waitFor()
  await cards('新交办').filter({ hasText: '自来水管冻裂' }).waitFor()
  await page.getByText(/实时，/).waitFor()
  expect(await cards('新交办').innerText()).toContain('沈清华')
  await page.screenshot({ path: join(shots, 'unit-board.png') })
})

test('a need raised on a phone appears without a reload, and is said to be new', async () => {
  await page.evaluate(() => Object.assign(window, { stayed: true }))
  await phone.apply([need('h2', 'h2.n2', '入户路塌方', { urgency: 'urgent', due: '2026-12-15' })])
  await phone.sync()
  const card = cards('新交办').filter({ hasText: '入户路塌方' })
  await card.waitFor()
  expect(await card.innerText()).toMatch(/新\n/)
  expect(await page.evaluate(() => 'stayed' in window), 'no reload').toBe(true)
})

test('accepted, planned, answered: each step stands in its column and reaches the phone', async () => {
  await cards('新交办').filter({ hasText: '自来水管冻裂' }).click()
  const drawer = page.getByRole('dialog', { name: '自来水管冻裂' })
  await drawer.getByText('13900001111').waitFor()
  await page.screenshot({ path: join(shots, 'unit-need.png') })
  await drawer.getByRole('button', { name: '受理' }).click()
  await cards('已受理').filter({ hasText: '自来水管冻裂' }).waitFor()
  await drawer.getByRole('button', { name: '开始办理' }).click()
  await drawer.getByLabel('办理计划').fill('下周一更换四十米管道')
  await drawer.locator('input[type="date"]').fill('2026-11-30')
  await drawer.getByRole('button', { name: '开始办理' }).click()
  await cards('办理中').filter({ hasText: '自来水管冻裂' }).waitFor()
  await drawer.getByRole('textbox', { name: '答复' }).fill('已派人查看，材料到了就动工。')
  await drawer.getByRole('button', { name: '发出答复' }).click()
  await drawer.getByText('已派人查看，材料到了就动工。').first().waitFor()
  await page.getByText(/待上传/).waitFor({ state: 'detached' })
  await phone.sync()
  const heard = JSON.stringify(await phone.run(['get', 'h1.n1']))
  expect(heard).toContain('已派人查看，材料到了就动工。')
  expect(heard).toContain('下周一更换四十米管道')
  expect(heard).toContain('in_progress')
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
