/** Signing in where the office does: real redirects between the desk, the server and an issuer at another site. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findings } from '../desk/axe.ts'
import { type Account, freshCode, Office } from '../desk/office.ts'
import { freshFolder, workFolder } from '../harness/paths.ts'
import { Issuer } from './issuer.ts'

const NAME = '清水县统一认证'
const folder = freshFolder()
const shots = workFolder('shots')
let issuer: Issuer
let office: Office
let root: Account

beforeAll(async () => {
  office = await Office.open(folder.path, {
    named: true,
    serve: async (url) => {
      issuer = await Issuer.start(url)
      const secret = join(folder.path, 'sso.secret')
      writeFileSync(secret, `${issuer.secret}\n`)
      const settings = join(folder.path, 'qiao.toml')
      const lines = [
        `sso_issuer = "${issuer.url}"`,
        'sso_client_id = "qiao"',
        `sso_client_secret_file = "${secret}"`,
        `sso_name = "${NAME}"`,
      ]
      writeFileSync(settings, lines.join('\n'))
      return ['--config', settings]
    },
  })
  root = await office.account('root', '周管理')
  await office.person('p-sun', '孙丽', 'township', '--places', '530101')
  await office.account('sun', '孙丽', 'p-sun')
})

afterAll(async () => {
  await office?.close()
  await issuer?.stop()
  folder.remove()
})

afterEach(() => {
  issuer.instead = {}
})

/** From the door to the issuer's page, where somebody says who they are, or goes away. */
async function through(page: Page, who: string, go: '进入' | '取消' = '进入'): Promise<void> {
  await page.goto(`${office.front.url}/desk/`)
  await page.getByRole('button', { name: `通过“${NAME}”进入` }).or(page.getByRole('link', { name: `通过“${NAME}”进入` })).click()
  await page.waitForURL(`${issuer.url}/who/*`)
  await page.getByLabel('工号').fill(who)
  await page.getByRole('button', { name: go }).click()
  await page.waitForURL(`${office.front.url}/desk/**`)
}

/** What the browser keeps of this server. */
async function cookies(page: Page) {
  return (await page.context().cookies(office.front.url)).filter(({ domain }) => domain === 'localhost')
}

/** Who the browser is to the server, by its cookie alone. */
function standing(page: Page): Promise<number> {
  return page.evaluate(async () => (await fetch('/api/v1/me')).status)
}

test('an administrator links accounts, and their owners sign in where the office does', async () => {
  const desk = await office.desk()
  await office.signIn(desk, root, 'accounts')
  for (const [person, number] of [
    ['孙丽', 'E-17'],
    ['周管理', 'E-1'],
  ] as const) {
    await desk.getByRole('row', { name: person }).getByRole('button', { name: '关联' }).click()
    const dialog = desk.getByRole('dialog', { name: `关联${person}的单位账号` })
    await dialog.getByLabel('单位账号编号').fill(number)
    await dialog.getByRole('button', { name: '保存' }).click()
    const door = desk.getByRole('dialog', { name: '请再次验证身份' })
    await desk.getByRole('button', { name: number }).or(door).waitFor()
    expect(await door.isVisible(), 'signing in has confirmed who it is').toBe(false)
  }
  await desk.context().close()

  const page = await office.desk()
  await page.goto(`${office.front.url}/desk/`)
  await page.screenshot({ path: join(shots, 'sso-door.png') })
  // Planted before: whoever planted it must not be signed in as well.
  await page.evaluate(() => (document.cookie = '__Host-qiao=planted; Path=/; Secure'))
  expect((await cookies(page)).map(({ value }) => value)).toEqual(['planted'])
  await through(page, 'E-17')
  await page.getByRole('navigation').waitFor()
  const kept = await cookies(page)
  expect(kept.map(({ name, httpOnly, secure, sameSite, path }) => ({ name, httpOnly, secure, sameSite, path }))).toEqual([
    { name: '__Host-qiao', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
  ])
  expect(kept[0]?.value).not.toBe('planted')
  expect(page.url(), 'nothing of the way back stays in the address').not.toMatch(/code|state/)
  await page.getByText('孙丽').first().waitFor()
  await page.context().close()
})

test('it opens the desk, and no decision: that asks for the password', async () => {
  const page = await office.desk()
  await through(page, 'E-1')
  await page.getByRole('navigation').waitFor()
  await page.goto(`${office.front.url}/desk/accounts`)
  await page.getByRole('row', { name: '孙丽' }).getByRole('button', { name: '删除' }).click()
  await page.getByRole('dialog', { name: /删除/ }).getByRole('button', { name: '删除' }).click()
  const door = page.getByRole('dialog', { name: '请再次验证身份' })
  await door.getByLabel('密码', { exact: true }).fill(root.password)
  await door.getByLabel('动态码').fill(await freshCode(root))
  await door.getByRole('button', { name: '验证' }).click()
  await page.getByText('已删除').waitFor()
  await page.getByRole('row', { name: '孙丽' }).waitFor({ state: 'detached' })
  await page.context().close()
})

const REFUSALS = [
  { why: 'somebody without a link', who: 'E-99', instead: {}, says: '您的单位账号还没有关联到这里的账号，请联系管理员。' },
  { why: 'somebody who turns back at the issuer', who: 'away', instead: {}, says: '单位统一登录没有完成。请重试，或改用其他方式登录。' },
  { why: 'a token made for another question', who: 'E-1', instead: { nonce: 'another' }, says: '单位统一登录没有完成。请重试，或改用其他方式登录。' },
  { why: 'a code asked for by somebody else', who: 'E-1', instead: { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' }, says: '单位统一登录没有完成。请重试，或改用其他方式登录。' },
  { why: 'the way back of another trip', who: 'E-1', instead: { state: 'another' }, says: '单位统一登录用时过长或已用过，请重新开始。' },
]

test.each(REFUSALS)('$why is not signed in, and told what to do', async ({ why, who, instead, says }) => {
  const page = await office.desk()
  issuer.instead = instead
  await through(page, who, who === 'away' ? '取消' : '进入')
  await page.getByRole('alert').filter({ hasText: says }).waitFor()
  expect(await cookies(page), 'nothing is kept').toEqual([])
  expect(await standing(page)).toBe(401)
  if (why === REFUSALS[0]?.why) {
    await page.screenshot({ path: join(shots, 'sso-refused.png') })
    expect(await findings(page)).toEqual([])
  }
  await page.context().close()
})

test('an issuer that cannot be reached is said, and the password works', async () => {
  await issuer.stop()
  const page = await office.desk()
  await page.goto(`${office.front.url}/desk/`)
  await page.getByText(`通过“${NAME}”进入`).click()
  await page.getByText('现在联系不上单位统一登录，请稍后再试，或改用其他方式登录。').waitFor()
  await office.signIn(page, root)
  expect(office.complaints).toEqual([])
})
