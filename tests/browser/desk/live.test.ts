/** Desks are told of what happens, and what somebody is doing there stays as it is. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { freshCode, Office, type Account } from './office.ts'

const folder = freshFolder()
let office: Office
let root: Account
let page: Page
let li: NativeDevice
const asked: string[] = []

async function invited(person: string): Promise<NativeDevice> {
  const phone = new NativeDevice(join(folder.path, person))
  const [invitation] = await office.server.operate('admin', 'invite', person, '--json')
  const invite = String(invitation?.['code'])
  await phone.run(['enrol', '--server', office.server.url, '--invite', invite, '--name', `${person} Redmi`])
  return phone
}

beforeAll(async () => {
  office = await Office.open(folder.path)
  root = await office.account('root', '周管理')
  for (const [id, name] of [
    ['p-li', '李敏'],
    ['p-zhao', '赵云'],
  ] as const)
    await office.person(id, name, 'team', '--places', '530101001')
  page = await office.desk()
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

test('a request appears within a second while a reason is being typed, and nobody asks in between', async () => {
  li = await invited('p-li')
  await office.signIn(page, root, 'enrolments')
  const first = page.getByRole('article', { name: '李敏 的申请' })
  await first.getByRole('button', { name: '不批准', exact: true }).click()
  const reason = page.getByRole('dialog').getByRole('textbox')
  await reason.fill('照片对不上，还没')

  // Until the stream stands the page looks by itself, every 5 seconds; from then on it does not.
  const looks = async () => {
    asked.length = 0
    await page.waitForTimeout(7_000)
    return asked.filter((path) => path === '/api/v1/enrolments')
  }
  await expect.poll(looks, { message: 'hints, not polling', timeout: 60_000, interval: 0 }).toEqual([])

  await invited('p-zhao')
  const from = Date.now()
  await page.locator('article[aria-label="赵云 的申请"]').waitFor({ state: 'attached', timeout: 5_000 })
  expect(Date.now() - from).toBeLessThan(1_500)
  expect(await reason.inputValue()).toBe('照片对不上，还没')
  await page.getByRole('button', { name: '取消' }).click()
})

test('a phone that syncs is seen on the page of devices, what it sent and received apart, without a reload', async () => {
  const listed = await li.run(['status'])
  await office.server.operate('admin', 'approve', String(listed['device']), '--words-compared')
  await page.getByRole('link', { name: '设备', exact: true }).click()
  await page.getByRole('button', { name: 'p-li Redmi' }).click()
  const facts = page.getByRole('dialog', { name: 'p-li Redmi' })
  await facts.getByText('最近联系').waitFor()
  await li.sync()
  await li.apply([{ new: 'household', village: '530101001', id: 'h1', value: { householder: '沈清华' } }])
  await li.sync()
  const fact = (name: string) => facts.locator(`dt:text-is("${name}") + dd`)
  await expect.poll(() => fact('最近上传').innerText().catch(() => ''), { timeout: 15_000 }).toMatch(/\d/)
  expect(await fact('最近下载').innerText()).toMatch(/\d/)
  expect(await fact('数据量').innerText()).toMatch(/\d+ 份档案/)
  await page.screenshot({ path: join(workFolder('desk'), 'device.png') })
  await page.keyboard.press('Escape')
})

test('the link is cut and comes back: the page says so, and is told again', async () => {
  await page.getByRole('link', { name: '待批准设备' }).click()
  await page.getByText(/^实时/).waitFor()
  office.front.cut()
  await page.getByText(/连接中断/).waitFor({ timeout: 15_000 })
  office.front.open = true
  await page.getByText(/^实时/).waitFor({ timeout: 90_000 })
})

test('a new password is set with the old one and a code, and the next sign-in takes it', async () => {
  await page.getByRole('link', { name: '我的登录' }).click()
  await page.getByRole('button', { name: '修改密码' }).click()
  const dialog = page.getByRole('dialog', { name: '修改密码' })
  const change = dialog.getByRole('button', { name: '修改密码' })
  await dialog.locator('#proof-password').fill(root.password)
  await dialog.getByLabel('动态码').fill(await freshCode(root))
  await dialog.getByLabel('新密码', { exact: true }).fill('青山绿水长在，年年有余')
  await dialog.getByLabel('再输一次新密码').fill('青山绿水长在，年年')
  expect(await change.isDisabled()).toBe(true)
  await dialog.getByText('两次输入的不一样').waitFor()
  await dialog.getByLabel('再输一次新密码').fill('青山绿水长在，年年有余')
  await page.screenshot({ path: join(workFolder('desk'), 'password.png') })
  await change.click()
  await page.getByText('密码已修改').waitFor()
  root.password = '青山绿水长在，年年有余'
  const other = await office.desk()
  await office.signIn(other, root)
  await other.close()
  expect(office.complaints).toEqual([])
})
