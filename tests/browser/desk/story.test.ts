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
let phone: NativeDevice
let colleague: NativeDevice

beforeAll(async () => {
  office = await Office.open(folder.path)
  root = await office.account('root', '周管理')
  await office.person('p-li', '李敏', 'team', '--places', '530101001')
  await office.person('p-zhao', '赵云', 'team', '--places', '530101001')
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  phone = new NativeDevice(join(folder.path, 'phone'))
  colleague = new NativeDevice(join(folder.path, 'colleague'))
  const [invitation] = await office.server.operate('admin', 'invite', 'p-zhao', '--json')
  const enrolled = await colleague.run([
    'enrol',
    '--server',
    office.server.url,
    '--invite',
    String(invitation?.['code']),
  ])
  await office.server.operate('admin', 'approve', String(enrolled['device']), '--words-compared')
  await colleague.sync()
  page = await office.desk()
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

test('a wrong code is refused in words, and the right one opens the desk at the address asked for', async () => {
  await page.goto(`${office.front.url}/desk/invitations`)
  await page.getByLabel('账号').fill(root.login)
  await page.getByLabel('密码', { exact: true }).fill(root.password)
  await page.getByLabel('动态码').fill('000000')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByText('账号、密码或动态码不正确').waitFor()
  expect(await page.getByLabel('动态码').inputValue()).toBe('')
  await page.getByLabel('动态码').fill(await freshCode(root))
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('heading', { name: '邀请' }).waitFor()
  const cookies = await page.context().cookies()
  expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: '__Host-qiao', httpOnly: true, sameSite: 'Strict' },
  ])
})

test('an invited phone appears by itself, its words are compared, and once approved it syncs', async () => {
  await page.getByRole('button', { name: '新邀请' }).click()
  await page.getByRole('combobox', { name: '姓名' }).fill('李敏')
  await page.getByRole('option', { name: /李敏/ }).click()
  await page.getByRole('button', { name: '生成邀请码' }).click()
  const code = await page.locator('.letters').innerText()
  expect(code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
  await page.getByRole('img', { name: '李敏 的邀请二维码' }).waitFor()
  await page.getByRole('button', { name: '关闭', exact: true }).click()
  await page.getByRole('button', { name: '关闭，不再显示' }).click()
  expect(await page.content()).not.toContain(code)

  await page.getByRole('link', { name: '待批准设备' }).click()
  await page.getByText('没有待批准的设备').waitFor()
  const enrolled = await phone.run(['enrol', '--server', office.server.url, '--invite', code, '--name', 'Redmi 9A'])
  const card = page.getByRole('article', { name: '李敏 的申请' })
  await card.waitFor({ timeout: 10_000 })
  const shown = await card.locator('.words .zh').allInnerTexts()
  const words = (enrolled['words'] ?? enrolled['check_words']) as { zh: string }[] | string[]
  expect(shown).toEqual(words.map((word) => (typeof word === 'string' ? word : word.zh)))
  await card.getByRole('button', { name: '批准', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: '批准设备' })
  const approve = dialog.getByRole('button', { name: '批准', exact: true })
  expect(await approve.isDisabled(), 'not before the words were compared').toBe(true)
  await dialog.getByText('六个词和顺序与对方手机上的完全一致').click()
  await approve.click()
  await page.getByText('没有待批准的设备').waitFor()
  const synced = await phone.sync()
  expect(JSON.stringify(synced)).not.toContain('pending')
  await phone.apply([
    { new: 'household', village: '530101001', id: 'h1', value: { householder: '沈清华', address: '一组1号' } },
    { new: 'household', village: '530101001', id: 'h2', value: { householder: '马建国', address: '一组2号' } },
  ])
  await phone.sync()
  await colleague.sync()
  expect(JSON.stringify(await colleague.run(['get', 'h1']))).toContain('沈清华')
})

test('what an ended phone still sends waits, is read as sentences, and is released or discarded one by one', async () => {
  await phone.apply([
    { doc: 'h1', ops: [{ op: 'set', path: ['address'], value: '村口第一家' }] },
    { doc: 'h2', ops: [{ op: 'set', path: ['address'], value: '不知何处' }] },
  ])
  await page.getByRole('link', { name: '设备', exact: true }).click()
  await page.getByRole('button', { name: 'Redmi 9A' }).click()
  await page.getByRole('button', { name: '停用' }).click()
  const sure = page.getByRole('dialog', { name: /停用/ })
  await sure.getByRole('textbox').fill('手机摔坏，已换新')
  await sure.getByRole('button', { name: '停用' }).click()
  await page.getByText('原因：手机摔坏，已换新').waitFor()
  await phone.sync().catch(() => undefined)

  await page.getByRole('link', { name: '看它的待审修改' }).click()
  const first = page.locator('article', { hasText: 'h1' })
  const second = page.locator('article', { hasText: 'h2' })
  await first.getByText('由 一组1号 改为 村口第一家').waitFor()
  expect(await first.innerText()).toContain('李敏')
  await page.screenshot({ path: join(workFolder('desk'), 'quarantine.png') })
  await first.getByRole('button', { name: '放行' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '放行' }).click()
  await page.getByText('放行了 1 条').waitFor()
  await first.waitFor({ state: 'detached' })
  await second.getByRole('button', { name: '丢弃' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '丢弃' }).click()
  await page.getByText('没有待审的修改').waitFor()
  await colleague.sync()
  expect(JSON.stringify(await colleague.run(['get', 'h1']))).toContain('村口第一家')
  expect(JSON.stringify(await colleague.run(['get', 'h2']))).toContain('一组2号')
  await page.getByRole('link', { name: '审计日志' }).click()
  await page.getByText('日志完整').waitFor()
  for (const said of ['丢弃修改', '放行修改', '查看待审修改', '停用'])
    await page.getByRole('cell', { name: said, exact: true }).first().waitFor()
})

test('a decision that needs the identity asks for it, and then does what was asked', async () => {
  let held = true
  await page.route('**/api/v1/invitations', async (route) => {
    if (route.request().method() !== 'POST' || !held) return route.continue()
    held = false
    const body = {
      type: 'urn:qiao:problem:step_up_needed',
      code: 'step_up_needed',
      title: '需要再次验证身份',
      status: 403,
      detail: '',
      request_id: 'r',
    }
    await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(body) })
  })
  await page.getByRole('link', { name: '邀请', exact: true }).click()
  await page.getByRole('button', { name: '新邀请' }).click()
  await page.getByRole('combobox', { name: '姓名' }).fill('赵云')
  await page.getByRole('option', { name: /赵云/ }).click()
  await page.getByRole('button', { name: '生成邀请码' }).click()
  const dialog = page.getByRole('dialog', { name: '请再次验证身份' })
  await dialog.getByLabel('密码', { exact: true }).fill('not the password')
  await dialog.getByLabel('动态码').fill(await freshCode(root))
  await dialog.getByRole('button', { name: '验证' }).click()
  await dialog.getByText('账号、密码或动态码不正确').waitFor()
  await dialog.getByLabel('密码', { exact: true }).fill(root.password)
  await dialog.getByLabel('动态码').fill(await freshCode(root))
  await dialog.getByRole('button', { name: '验证' }).click()
  await page.locator('.letters').waitFor()
  await page.getByRole('button', { name: '关闭', exact: true }).click()
  await page.getByRole('button', { name: '关闭，不再显示' }).click()
})

test('a session that ends under a half-filled form is taken up again, and nothing typed is lost', async () => {
  await page.getByRole('link', { name: '人员', exact: true }).click()
  await page.getByRole('button', { name: '登记人员' }).first().click()
  await page.getByLabel('姓名').last().fill('钱进')
  // By keyboard alone, as somebody does who fills in forms all day.
  await page.getByRole('combobox', { name: '角色' }).last().focus()
  await page.keyboard.press('Enter')
  for (let at = 0; at < 5; at += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: '工作地点' }).focus()
  await page.keyboard.type('西河')
  await page.getByRole('option', { name: '清水县 / 西河镇' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  // Ended from another desk, as an administrator who suspects something would.
  const other = await office.desk()
  await office.signIn(other, root, 'sessions')
  await other.getByRole('row').filter({ hasNotText: '当前' }).getByRole('button', { name: '结束' }).first().click()
  await other.getByRole('button', { name: '结束' }).waitFor({ state: 'detached' })
  await other.context().close()
  // Said at once, before anybody presses anything: what is on the screen may be seen by the wrong person.
  const again = page.getByRole('dialog', { name: '请重新登录' })
  await again.waitFor({ timeout: 10_000 })
  expect(await again.getByLabel('账号').inputValue()).toBe('root')
  await page.waitForTimeout(500)
  const veil = page.locator('.el-overlay.d-veiled')
  expect(await veil.evaluate((one) => getComputedStyle(one).backgroundColor), 'nothing shows through').toMatch(/^rgb\(/)
  await page.screenshot({ path: join(workFolder('desk'), 'ended-session.png') })
  await again.getByLabel('密码', { exact: true }).fill(root.password)
  await again.getByLabel('动态码').fill(await freshCode(root))
  await again.getByRole('button', { name: '登录', exact: true }).click()
  await again.waitFor({ state: 'detached' })
  await page.getByRole('dialog').getByRole('button', { name: '登记人员' }).click()
  await page.getByRole('dialog', { name: '钱进' }).waitFor()
  const people = await office.server.operate('admin', 'person', 'list')
  expect(people.filter((one) => one['name'] === '钱进').length).toBe(1)
})

test('who may not administer sees neither menu nor data', async () => {
  const sun = await office.account('sun', '孙丽', 'p-sun')
  const desk = await office.desk()
  const asked: string[] = []
  desk.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await office.signIn(desk, sun)
  const menu = await desk.getByRole('navigation').getByRole('link').allInnerTexts()
  for (const page of [
    '待批准设备',
    '邀请',
    '设备',
    '待审修改',
    '人员',
    '地区',
    '帮扶单位与结对',
    '工作台账号',
    '审计日志',
  ])
    expect(menu).not.toContain(page)
  for (const path of [
    'enrolments',
    'invitations',
    'devices',
    'quarantine',
    'people',
    'places',
    'units',
    'accounts',
    'audit',
  ]) {
    await desk.goto(`${office.front.url}/desk/${path}`)
    await desk.getByText('当前角色不能打开这个页面').waitFor()
  }
  expect(
    asked.filter((path) => path.startsWith('/api/') && !/\/(me|session|sessions|session\/(device|ways)|overview)$/.test(path)),
  ).toEqual([])
  await desk.context().close()
})

test('an administrator of one township sees that township and nothing of the whole', async () => {
  await office.person('p-west', '西河管理', 'admin', '--places', '530102')
  const west = await office.account('west', '西河管理', 'p-west')
  const desk = await office.desk()
  await office.signIn(desk, west, 'places')
  await desk.getByText('柳溪村').first().waitFor()
  expect(await desk.getByText('东山乡').count()).toBe(0)
  expect(await desk.getByRole('navigation').innerText()).not.toContain('审计日志')
  await desk.goto(`${office.front.url}/desk/audit`)
  await desk.getByText('当前角色不能打开这个页面').waitFor()
  await desk.context().close()
})

test('a server that cannot be reached is said, and the page goes on once it is back', async () => {
  await page.goto(`${office.front.url}/desk/enrolments`)
  await page.getByText('实时更新').waitFor()
  office.front.cut()
  await page.getByText('连接中断').waitFor()
  office.front.open = true
  await page.getByText('实时更新').waitFor()
})

test('nothing complained: no breach of the policy, no broken script', () => {
  expect(office.complaints).toEqual([])
})
