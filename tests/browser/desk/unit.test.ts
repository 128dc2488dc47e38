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
/** Nothing is left that the server has not confirmed. */
const allSent = () => page.getByText(/\d 条待上传/).waitFor({ state: 'detached' })
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
  await allSent()
  await phone.sync()
  const heard = JSON.stringify(await phone.run(['get', 'h1.n1']))
  expect(heard).toContain('已派人查看，材料到了就动工。')
  expect(heard).toContain('下周一更换四十米管道')
  expect(heard).toContain('in_progress')
})

test('the village reads that the need has been seen, said once however often it is opened', async () => {
  await page.goto(`${office.front.url}/desk/needs/h1.n1`)
  const drawer = page.getByRole('dialog', { name: '自来水管冻裂' })
  await drawer.getByText('办理经过').waitFor()
  await page.reload()
  await drawer.getByText('办理经过').waitFor()
  await phone.sync()
  const { value } = (await phone.run(['get', 'h1.n1'])) as {
    value: { seen: Record<string, { by: string; office: string }> }
  }
  expect(Object.values(value.seen).map(({ by, office }) => [by, office])).toEqual([['p-chen', 'unit']])
})

test('what comes in moves nothing: a half-written reply, where one has scrolled to, and no request is made for it', async () => {
  const drawer = page.getByRole('dialog', { name: '自来水管冻裂' })
  const reply = drawer.getByRole('textbox', { name: '答复' })
  await reply.fill('水管已到货，')
  await page.setViewportSize({ width: 1366, height: 280 })
  const scroll = () => page.locator('main').evaluate((main) => main.scrollTop)
  await page.locator('main').evaluate((main) => (main.scrollTop = 60))
  const before = await scroll()
  expect(before).toBeGreaterThan(0)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  for (let no = 1; no <= 5; no += 1) {
    await phone.apply([need('h2', `h2.n2${no}`, `水窖漏水${no}`)])
    await phone.sync()
    await cards('新交办')
      .filter({ hasText: `水窖漏水${no}` })
      .waitFor()
  }
  expect(asked.filter((url) => !url.includes('/enrolments'))).toEqual([])
  expect([await reply.inputValue(), await scroll()]).toEqual(['水管已到货，', before])
  await page.setViewportSize({ width: 1366, height: 768 })
  // A browser that is closed over it offers it again.
  await page.waitForTimeout(600)
  await page.reload()
  await expect.poll(() => reply.inputValue()).toBe('水管已到货，')
})

test('a line that is cut is said in grey; work goes on and catches up both ways', async () => {
  const drawer = page.getByRole('dialog', { name: '自来水管冻裂' })
  await page.getByText(/实时，/).waitFor()
  office.front.cut()
  await page.getByText(/^离线/).waitFor()
  const grey = await page.locator('[data-look="offline"]').evaluate((one) => getComputedStyle(one).color)
  expect(grey).toBe('rgb(88, 96, 93)')
  await drawer.getByRole('textbox', { name: '答复' }).fill('断网时写的答复')
  await drawer.getByRole('button', { name: '发出答复' }).click()
  await drawer.getByText('断网时写的答复').waitFor()
  await page.getByText('1 条待上传').waitFor()
  await phone.apply([need('h2', 'h2.n9', '断网时登记的诉求')])
  await phone.sync()
  office.front.open = true
  await cards('新交办').filter({ hasText: '断网时登记的诉求' }).waitFor()
  await allSent()
  await page.getByText(/实时，/).waitFor()
  await phone.sync()
  expect(JSON.stringify(await phone.run(['get', 'h1.n1']))).toContain('断网时写的答复')
})

test('two desks on one need: who comes second is told, and loses nothing of what was typed', async () => {
  const he = await office.desk()
  await office.signIn(he, await office.account('hegong', '何工', 'p-he'), 'needs/h2.n2')
  const theirs = he.getByRole('dialog', { name: '入户路塌方' })
  await theirs.getByRole('button', { name: '退回' }).click()
  await theirs.getByLabel('退回原因').fill('属于交通部门')
  await page.goto(`${office.front.url}/desk/needs/h2.n2`)
  const mine = page.getByRole('dialog', { name: '入户路塌方' })
  await mine.getByRole('button', { name: '受理' }).click()
  await theirs.getByText('刚才有人处理过，现在是“已受理”').waitFor()
  expect(await theirs.getByLabel('退回原因').inputValue()).toBe('属于交通部门')
  await theirs.getByLabel('退回原因').press('Tab')
  await theirs.getByRole('button', { name: '退回' }).click()
  await mine.getByText('属于交通部门').waitFor()
  await page.getByRole('button', { name: /^已退回 1/ }).waitFor()
  await he.context().close()
})

test('a second window of the same browser shows the same, live, and acts through the same device', async () => {
  const second = await page.context().newPage()
  await second.goto(`${office.front.url}/desk/needs/h2.n21`)
  await second.getByRole('dialog').getByRole('button', { name: '受理' }).click()
  await cards('已受理').filter({ hasText: '水窖漏水1' }).waitFor()
  await phone.apply([need('h1', 'h1.n5', '两个窗口都看得到')])
  await phone.sync()
  for (const window of [page, second])
    await window
      .getByRole('region', { name: '新交办' })
      .getByRole('link')
      .filter({ hasText: '两个窗口都看得到' })
      .waitFor()
  await second.close()
  await page.getByText(/实时，/).waitFor()
})

test('on a phone the cadre has one list, nothing runs off the side, and everybody can use it', async () => {
  const found: Record<string, string[]> = {}
  for (const [width, height] of [
    [360, 740],
    [1024, 768],
    [1366, 768],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const path of ['needs', 'needs/h1.n1']) {
      await page.goto(`${office.front.url}/desk/${path}`)
      await page
        .getByRole('link', { name: /水窖漏水2/ })
        .first()
        .waitFor()
      if (path !== 'needs') await page.getByRole('dialog').getByText('办理经过').waitFor()
      await page.waitForTimeout(500)
      await page.screenshot({ path: join(shots, `unit-${path.replace('/', '-')}-${width}.png`) })
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(over, `${path} at ${width}`).toBeLessThanOrEqual(0)
      found[`${path} at ${width}`] = await findings(page)
    }
  }
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Needs' }).waitFor()
  found['English'] = await findings(page)
  await page.screenshot({ path: join(shots, 'unit-en.png') })
  await page.getByRole('button', { name: '中文' }).click()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForTimeout(300)
  found['dark'] = await findings(page)
  await page.emulateMedia({ colorScheme: 'light' })
  expect(Object.entries(found).flatMap(([where, some]) => some.map((one) => `${where}: ${one}`))).toEqual([])
})

test('what a phone sends is text and never markup', async () => {
  const hostile = '<img src=x onerror=window.hit=1>"><svg onload=window.hit=1>{{constructor}}'
  await phone.apply([
    household('h3', '<img src=x onerror=window.hit=1>'),
    need('h3', 'h3.n1', hostile.slice(0, 60), {
      description: hostile,
      category: hostile.slice(0, 40),
      urgency: 'emergency',
    }),
    { doc: 'h3.n1', ops: [{ op: 'add', path: ['responses'], value: { by: 'p-li', at: '2026-11-23', text: hostile } }] },
  ])
  await phone.sync()
  await page.goto(`${office.front.url}/desk/needs/h3.n1`)
  await page.getByRole('dialog').getByText(hostile, { exact: true }).first().waitFor()
  const seen = await page.evaluate(() => ({
    ran: 'hit' in window,
    injected: document.querySelectorAll('img[src="x"], svg[onload]').length,
  }))
  expect(seen).toEqual({ ran: false, injected: 0 })
})

test('signing out leaves nothing on the computer', async () => {
  const stores = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? ''))
  expect(await stores()).toContain('qiao-desk.p-chen')
  // That the last need was looked at is an edit of its own; signing out would ask about it.
  const known = async () => {
    await phone.sync()
    return JSON.stringify(await phone.run(['get', 'h3.n1']))
  }
  await expect.poll(known).toContain('p-chen')
  await allSent()
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.getByLabel('账号').waitFor()
  await expect.poll(stores).toEqual([])
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
