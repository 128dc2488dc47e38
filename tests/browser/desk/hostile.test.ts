import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../harness/paths.ts'
import { NativeDevice } from '../harness/server.ts'
import { Office } from './office.ts'

/** Texts that would run, load or break out if any page took them for markup. */
const PAYLOADS = [
  '<img src=x onerror=window.hit=1>',
  '"><script>window.hit=1</script>',
  '{{constructor.constructor("window.hit=1")()}}',
  '<svg onload=window.hit=1>',
  'javascript:window.hit=1',
]
const all = PAYLOADS.join(' ').slice(0, 100)
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
]
const folder = freshFolder()
let office: Office
let page: Page

beforeAll(async () => {
  office = await Office.open(folder.path)
  const { server } = office
  await office.person('p-x', all, 'team', '--places', '530101001')
  await server.operate('admin', 'place', 'add', '530102002', '--level', 'village', '--name', all, '--parent', '530102')
  await server.operate('admin', 'unit', 'add', '--id', 'u-x', '--name', all, '--kind', '<b>x</b>')
  await server.operate('admin', 'pair', 'add', 'u-x', '--village', '530102002')
  const phone = new NativeDevice(join(folder.path, 'phone'))
  const [invitation] = await server.operate('admin', 'invite', 'p-x', '--json')
  const enrolled = await phone.run([
    'enrol',
    '--server',
    server.url,
    '--invite',
    String(invitation?.['code']),
    '--name',
    all,
  ])
  const device = String(enrolled['device'])
  await server.operate('admin', 'approve', device, '--words-compared')
  await phone.sync()
  await phone.apply([
    { new: 'household', village: '530101001', id: 'h1', value: { householder: all.slice(0, 40), remark: all } },
  ])
  await phone.sync()
  await phone.apply([{ doc: 'h1', ops: [{ op: 'set', path: ['remark'], value: `${all} ${all}` }] }])
  await server.operate('admin', 'revoke', device, '--reason', all)
  await phone.sync().catch(() => undefined)
  const walkUp = new NativeDevice(join(folder.path, 'walk-up'))
  await walkUp.run(['enrol', '--server', server.url, '--walk-up', all, '--place', all, '--note', all, '--name', all])
  await server.operate('admin', 'invite', 'p-x', '--json')
  page = await office.desk()
  await page.setExtraHTTPHeaders({ 'user-agent': all })
  await office.signIn(page, await office.account('root', all.replaceAll('{', '(')))
})

afterAll(async () => {
  await office?.close()
  folder.remove()
})

async function untouched(where: string): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: 'hit' in window,
    injected: document.querySelectorAll('img[src="x"], svg[onload], #app script, body > script:not([src])').length,
    schemes: [...document.querySelectorAll('a[href^="javascript:"]')].length,
  }))
  expect(found, where).toEqual({ ran: false, injected: 0, schemes: 0 })
}

test('what people typed stays text on every page', async () => {
  for (const path of PAGES) {
    await page.goto(`${office.front.url}/desk/${path}`)
    await page.locator('[aria-busy="true"]').waitFor({ state: 'detached' })
    await page.waitForTimeout(200)
    await untouched(path)
  }
  await page.goto(`${office.front.url}/desk/enrolments`)
  await page.getByText('<img src=x onerror=window.hit=1>').first().waitFor()
  await page.getByRole('button', { name: '批准', exact: true }).click()
  await page.getByRole('dialog').waitFor()
  await untouched('approve')
  await page.goto(`${office.front.url}/desk/people/p-x`)
  await page.getByRole('button', { name: '修改' }).click()
  await untouched('person')
  await page.goto(`${office.front.url}/desk/units/u-x`)
  await page.getByRole('button', { name: '结束结对' }).click()
  await untouched('unit')
  await page.goto(`${office.front.url}/desk/places/530102002`)
  await untouched('place')
  await page.goto(`${office.front.url}/desk/devices?status=revoked`)
  await page.locator('.el-table .d-link').first().click()
  await page.getByText('原因：').waitFor()
  await untouched('device')
  await page.goto(`${office.front.url}/desk/quarantine`)
  await page.locator('article').first().waitFor()
  expect(await page.locator('article').first().innerText()).toContain('<img src=x')
  await untouched('quarantine')
})

test('addresses made to break out stay addresses', async () => {
  for (const path of [
    'devices?text=%3Cimg%20src%3Dx%20onerror%3Dwindow.hit%3D1%3E',
    'people/%3Csvg%20onload%3Dwindow.hit%3D1%3E',
    'invitations?id=%22%3E%3Cscript%3Ewindow.hit%3D1%3C/script%3E',
    'audit?actor=%3Cb%3E&action=%7B%7B1%7D%7D',
  ]) {
    await page.goto(`${office.front.url}/desk/${path}`)
    await page.waitForTimeout(300)
    await untouched(path)
  }
})

test('the policy was never broken, because nothing tried', () => {
  expect(office.complaints).toEqual([])
})
