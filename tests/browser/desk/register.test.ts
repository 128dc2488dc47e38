import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { Office } from './office.ts'

const folder = freshFolder()
const shots = workFolder('desk')
let office: Office
let page: Page

beforeAll(async () => {
  office = await Office.open(folder.path)
  await office.person('p-li', '李敏', 'team', '--places', '530101001', '--phone', '13800138000')
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  for (const [person, name] of [
    ['p-li', 'Redmi 9A'],
    ['p-sun', '东山乡电脑'],
  ] as const) {
    const device = new NativeDevice(join(folder.path, person))
    const [invitation] = await office.server.operate('admin', 'invite', person, '--json')
    const enrolled = await device.run([
      'enrol',
      '--server',
      office.server.url,
      '--invite',
      String(invitation?.['code']),
      '--name',
      name,
    ])
    await office.server.operate('admin', 'approve', String(enrolled['device']), '--words-compared')
    await device.sync()
    if (person !== 'p-li') continue
    await device.apply([{ new: 'household', village: '530101001', id: 'h1', value: { householder: '沈清华' } }])
    await device.sync()
  }
  page = await office.desk()
  await office.signIn(page, await office.account('root', '周管理'))
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

const menu = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click()

test('a list of names from a sheet becomes people and codes, on a page to cut up', async () => {
  await menu('邀请')
  await page.getByRole('button', { name: '按名单批量邀请' }).click()
  const dialog = page.getByRole('dialog', { name: '按名单批量邀请' })
  await dialog.locator('input[type=file]').setInputFiles(fileURLToPath(new URL('names.xlsx', import.meta.url)))
  await dialog.getByText('3 人可以邀请，其中 2 人需要先登记；0 行有问题').waitFor()
  await dialog.getByRole('button', { name: '登记并生成 3 个邀请码' }).click()
  const sheet = page.getByRole('dialog', { name: '邀请码（3 个）' })
  await sheet.waitFor()
  expect(await sheet.locator('.name').allInnerTexts()).toEqual(['周晓', '吴刚', '李敏'])
  const codes = await sheet.locator('.letters').allInnerTexts()
  expect(new Set(codes).size).toBe(3)

  await page.emulateMedia({ media: 'print' })
  await page.screenshot({ path: join(shots, 'print-codes.png'), fullPage: true })
  expect(await page.getByRole('navigation').isVisible(), 'the menu is not printed').toBe(false)
  expect(await sheet.locator('.slip').first().isVisible()).toBe(true)
  expect(await sheet.getByRole('button').first().isVisible()).toBe(false)
  await page.emulateMedia({ media: 'screen' })
  await sheet.getByRole('button', { name: '关闭', exact: true }).click()
  await sheet.getByRole('button', { name: '关闭，不再显示' }).click()

  // Each code is one a phone can use, once.
  const device = new NativeDevice(join(folder.path, 'wu'))
  await device.run(['enrol', '--server', office.server.url, '--invite', String(codes[1])])
  await page.getByRole('button', { name: '刷新' }).count()
  await page.reload()
  await page.getByRole('row', { name: /吴刚/ }).getByText('已使用').waitFor()
  await page.getByRole('row', { name: /周晓/ }).getByRole('button', { name: '收回' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '收回' }).click()
  await page.getByRole('row', { name: /周晓/ }).getByText('已收回').waitFor()
})

test('a pasted list says what is wrong with each line, and only the rest is done', async () => {
  await page.getByRole('button', { name: '按名单批量邀请' }).click()
  const dialog = page.getByRole('dialog', { name: '按名单批量邀请' })
  await dialog
    .getByLabel('粘贴名单')
    .fill('姓名,手机,村\n郑好,13700137000,青山村\n冯远,12,青山村\n陈晨,,没有的村\n郑好,13700137000,青山村')
  await dialog.getByText('1 人可以邀请，其中 1 人需要先登记；3 行有问题').waitFor()
  for (const said of ['电话号码有误', '找不到这个地点', '与前面重复']) await dialog.getByText(said).waitFor()
  await dialog.getByRole('button', { name: '取消' }).click()
})

test('an account is opened, and its owner signs in with what the sheet says', async () => {
  await menu('工作台账号')
  await page.getByRole('button', { name: '开通账号' }).click()
  const dialog = page.getByRole('dialog', { name: '开通账号' })
  await dialog.getByRole('combobox', { name: '姓名' }).fill('孙丽')
  await page.getByRole('option', { name: /孙丽/ }).click()
  await dialog.getByLabel('账号').fill('sun.li')
  await dialog.getByRole('button', { name: '开通账号' }).click()
  const sheet = page.getByRole('dialog', { name: '孙丽 的登录资料' })
  const password = await sheet.locator('.strong').innerText()
  const secret = (await sheet.locator('.key').innerText()).replaceAll(' ', '')
  const recovery = await sheet.locator('.codes li').allInnerTexts()
  expect(recovery.length).toBe(10)
  await page.screenshot({ path: join(shots, 'account-sheet.png') })
  await sheet.getByRole('button', { name: '关闭', exact: true }).click()
  await sheet.getByRole('button', { name: '关闭，不再显示' }).click()
  const desk = await office.desk()
  await office.signIn(desk, { login: 'sun.li', password, secret, recovery })
  // A township's day begins with its overview.
  await desk.waitForURL('**/desk/overview')
  await desk.getByRole('navigation').getByRole('link', { name: '概况', exact: true }).waitFor()
  await desk.context().close()
})

test('moving a village says what happens, and then happens', async () => {
  await page.goto(`${office.front.url}/desk/places/530101001`)
  await page.getByRole('button', { name: '调整上级' }).click()
  const dialog = page.getByRole('dialog', { name: '调整 青山村 的上级' })
  await dialog.getByRole('combobox', { name: '新的上级' }).click()
  await page.getByRole('option', { name: '清水县 / 西河镇' }).click()
  await dialog.getByText('1 台设备不再看到：东山乡电脑').waitFor()
  await dialog.getByText('1 人的工作地点归到新的上级：李敏').waitFor()
  await dialog.getByText('1 户的户档、走访和 0 件未办结诉求').waitFor()
  await dialog.getByRole('button', { name: '调整上级' }).click()
  await page.getByText('清水县 / 西河镇').first().waitFor()
  const places = await office.server.operate('admin', 'place', 'list')
  expect(places.find((one) => one['id'] === '530101001')?.['parent']).toBe('530102')
})

test('a person who moves on takes the device along, as the page said', async () => {
  await page.goto(`${office.front.url}/desk/people/p-li`)
  await page.getByRole('button', { name: '修改' }).click()
  const dialog = page.getByRole('dialog', { name: '修改' })
  await dialog.getByRole('combobox', { name: '工作地点' }).focus()
  await page.keyboard.type('白石')
  await page.getByRole('option', { name: '清水县 / 东山乡 / 白石村' }).click()
  await dialog.getByText('1 台设备的授权随之改变：Redmi 9A').waitFor()
  await dialog.getByText('开始收到这些地区的档案：白石村').waitFor()
  await dialog.getByText('修改', { exact: true }).click()
  await dialog.getByRole('button', { name: '保存' }).click()
  await dialog.waitFor({ state: 'detached' })
  const devices = await office.server.operate('admin', 'devices', '--json')
  expect(devices.find((one) => one['person'] === 'p-li')?.['places']).toEqual(['530101001', '530101002'])
})

test('a device is renamed, held, resumed, given a longer grant and reported lost, and its history says so', async () => {
  await page.goto(`${office.front.url}/desk/devices`)
  await page.getByRole('button', { name: 'Redmi 9A' }).click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByRole('button', { name: '改名' }).click()
  await page.getByLabel('设备名称').fill('李敏的红米')
  await page.getByRole('button', { name: '保存' }).click()
  const act = async (name: string, reason = ''): Promise<void> => {
    await page.getByRole('button', { name, exact: true }).first().click()
    const sure = page.getByRole('dialog', { name: new RegExp(`${name}：李敏的红米`) })
    if (reason) await sure.getByRole('textbox').fill(reason)
    await sure.getByRole('button', { name, exact: true }).click()
    await sure.waitFor({ state: 'detached' })
  }
  await act('暂停', '核查')
  await page.getByText('原因：核查').waitFor()
  await act('恢复')
  await act('续期')
  await act('重发授权')
  await act('报失', '掉在车上')
  await page.getByText('原因：掉在车上').waitFor()
  const history = await page.locator('.history li').allInnerTexts()
  const told = ['报失', '重发授权', '续期', '恢复', '暂停', '改名', '批准', '申请加入']
  expect(history.length).toBe(told.length)
  told.forEach((one, at) => expect(history[at]).toContain(one))
})

test('the log is searched and handed over as a file a spreadsheet cannot be made to run', async () => {
  await page.goto(`${office.front.url}/desk/audit?action=device.lost`)
  await page.getByRole('cell', { name: '报失', exact: true }).waitFor()
  expect(await page.locator('.el-table__body tr').count()).toBe(1)
  const waiting = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出 CSV' }).click()
  const saved = readFileSync(await (await waiting).path(), 'utf8')
  expect(saved.startsWith('\uFEFFseq,time,actor,')).toBe(true)
  expect(saved.trim().split('\r\n').length).toBe(2)
  expect(saved).toContain(',device.lost,')
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
