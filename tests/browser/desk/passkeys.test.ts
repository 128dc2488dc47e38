/** A passkey from the first day to the last: made at the desk, used at the door and before decisions, removed again. */
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { findings } from './axe.ts'
import { type Account, Office } from './office.ts'

const folder = freshFolder()
const shots = workFolder('shots')
type Credential = Awaited<ReturnType<typeof held>>[number]
let office: Office
let root: Account
let page: Page
let keys: CDPSession
let authenticator: { authenticatorId: string }

beforeAll(async () => {
  office = await Office.open(folder.path, { named: true })
  root = await office.account('root', '周管理')
  page = await office.desk()
  await page.goto(`${office.front.url}/desk/`)
  await plugIn()
})

/** An authenticator of this page. */
async function plugIn(held: Credential[] = []): Promise<void> {
  keys = await page.context().newCDPSession(page)
  await keys.send('WebAuthn.enable')
  const made = await keys.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  authenticator = { authenticatorId: made.authenticatorId }
  for (const credential of held) await keys.send('WebAuthn.addCredential', { ...authenticator, credential })
}

async function held() {
  return (await keys.send('WebAuthn.getCredentials', authenticator)).credentials
}

/** Looks at the page as axe does. The look unplugs the authenticator, so another takes over what it held. */
async function look(): Promise<void> {
  const credentials = await held()
  expect(await findings(page)).toEqual([])
  await plugIn(credentials)
}

afterAll(async () => {
  await office?.close()
  folder.remove()
})

/** Makes the last proof of identity older than five minutes, as only time could. */
const forgetProof = () => office.server.change('UPDATE sessions SET stepped_up_ms = 0')

async function shot(name: string): Promise<void> {
  await page.screenshot({ path: join(shots, `passkeys-${name}.png`) })
}

test('the door offers a passkey first, then the password, then a recovery code', async () => {
  await page.getByRole('button', { name: '使用通行密钥' }).waitFor()
  await shot('door')
  await look()
  // Nothing is there yet: the browser's question ends, and the page says how to go on.
  await keys.send('WebAuthn.setUserVerified', { ...authenticator, isUserVerified: false })
  await page.getByRole('button', { name: '使用通行密钥' }).click()
  await page.getByText('没有完成。可以再试一次，或用下面的密码。').waitFor()
  await keys.send('WebAuthn.setUserVerified', { ...authenticator, isUserVerified: true })

  await page.getByRole('button', { name: '手机不在身边？用恢复码' }).click()
  await page.getByLabel('账号').fill(root.login)
  await page.getByLabel('密码', { exact: true }).fill(root.password)
  await page.getByLabel('恢复码').fill(root.recovery.pop() ?? '')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('navigation').waitFor()
})

test('a passkey is made after the identity was confirmed, and has a name', async () => {
  await page.goto(`${office.front.url}/desk/sessions`)
  await forgetProof()
  await page.getByRole('button', { name: '添加通行密钥' }).click()
  const naming = page.getByRole('dialog', { name: '添加通行密钥' })
  await naming.getByLabel('名称').fill('办公室电脑')
  await naming.getByRole('button', { name: '继续' }).click()
  const door = page.getByRole('dialog', { name: '请再次验证身份' })
  await door.getByLabel('密码', { exact: true }).fill(root.password)
  await door.getByRole('button', { name: '手机不在身边？用恢复码' }).click()
  await door.getByLabel('恢复码').fill(root.recovery.pop() ?? '')
  await door.getByRole('button', { name: '验证' }).click()
  await page.getByRole('cell', { name: '办公室电脑' }).waitFor()
  expect((await held()).map((one) => one.isResidentCredential)).toEqual([true])
  await page.getByText('通行密钥已添加').waitFor({ state: 'hidden' })
  await shot('list')
  await look()

  // The same device a second time is told so.
  await page.getByRole('button', { name: '添加通行密钥' }).click()
  await naming.getByRole('button', { name: '继续' }).click()
  await naming.getByText('这台设备已经有通行密钥了。').waitFor()
  await naming.getByRole('button', { name: '取消' }).click()
})

test('it signs in with one press, and confirms a decision with another', async () => {
  await page.getByRole('button', { name: '退出登录' }).first().click()
  await page.getByRole('button', { name: '使用通行密钥' }).click()
  await page.getByRole('navigation').waitFor()

  await page.goto(`${office.front.url}/desk/sessions`)
  await forgetProof()
  const row = page.getByRole('row', { name: '办公室电脑' })
  await row.getByRole('button', { name: '改名' }).click()
  const naming = page.getByRole('dialog', { name: '改名' })
  await naming.getByLabel('名称').fill('值班室电脑')
  await naming.getByRole('button', { name: '保存' }).click()
  const renamed = page.getByRole('row', { name: '值班室电脑' })
  await renamed.getByRole('button', { name: '移除' }).click()
  const sure = page.getByRole('dialog', { name: '移除' })
  await sure.getByRole('button', { name: '移除' }).click()
  const door = page.getByRole('dialog', { name: '请再次验证身份' })
  await door.getByRole('button', { name: '使用通行密钥' }).waitFor()
  await shot('step-up')
  await door.getByRole('button', { name: '使用通行密钥' }).click()
  await page.getByText('还没有通行密钥').waitFor()
})

test('what was removed opens nothing any more', async () => {
  await page.getByRole('button', { name: '退出登录' }).first().click()
  await page.getByRole('button', { name: '使用通行密钥' }).click()
  await page.getByText('通行密钥未通过').waitFor()
  expect(office.complaints).toEqual([])
})
