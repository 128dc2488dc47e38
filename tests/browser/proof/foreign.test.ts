/**
 * What another site can do with a browser that is signed in at a desk: nothing. Asked of the server itself, at its own
 * pages, from a page of another site and from one of the same site at another port, whose requests carry the cookie.
 */
import { createServer, type Server } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, freshCode, Office } from '../desk/office.ts'
import { freshFolder } from '../harness/paths.ts'

const folder = freshFolder()
let office: Office
let account: Account
let page: Page
let elsewhere: Server
/** The real server, by the name for which browsers keep its cookie without TLS. */
let home: string
/** Attempts that its log has told of so far. */
let refused = 0

beforeAll(async () => {
  office = await Office.open(folder.path)
  account = await office.account('root', '周管理')
  home = `http://localhost:${office.server.port}`
  elsewhere = createServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' })
    reply.end('<!doctype html><title>elsewhere</title>')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  page = await office.desk()
  await page.goto(`${home}/desk/`)
  const status = await page.evaluate(
    async (body) => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch('/api/v1/session', { method: 'POST', headers, body })).status
    },
    JSON.stringify({ login: account.login, password: account.password, code: await freshCode(account) }),
  )
  expect(status).toBe(200)
})

afterAll(async () => {
  elsewhere?.close()
  await office?.close()
  folder.remove()
})

/** What may not have changed: units, and whose browser this is. */
async function state(): Promise<unknown> {
  const own = await page.context().newPage()
  await own.goto(`${home}/desk/`)
  const found = await own.evaluate(async () => {
    const units = (await (await fetch('/api/v1/units')).json()) as unknown
    const me = await fetch('/api/v1/me')
    return { units, me: me.status, session: ((await me.json()) as { session?: string }).session }
  })
  await own.close()
  return found
}

const SITES = [
  { where: 'another site', host: '127.0.0.1', carriesCookie: false },
  { where: 'another port of the same site', host: 'localhost', carriesCookie: true },
]

test.each(SITES)('$where changes nothing, reads nothing and frames nothing', async ({ host, carriesCookie }) => {
  const address = elsewhere.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const before = await state()
  expect(before).toMatchObject({ me: 200 })

  const carried: boolean[] = []
  const evil = await page.context().newPage()
  evil.on('request', (request) => {
    if (!request.url().startsWith(`${home}/api/v1/units`) || request.method() !== 'POST') return
    carried.push(false)
    const at = carried.length - 1
    void request.allHeaders().then((headers) => (carried[at] = (headers['cookie'] ?? '').includes('__Host-qiao=')))
  })
  await evil.goto(`http://${host}:${port}/`)

  const tried = await evil.evaluate(async (home) => {
    const body = JSON.stringify({ name: '别处', kind: 'department', county: '5301' })
    const attempt = async (how: RequestInit, path = '/api/v1/units') => {
      try {
        const answer = await fetch(home + path, { credentials: 'include', ...how })
        return answer.type === 'opaque' ? 'unread' : `read ${answer.status}`
      } catch {
        return 'failed'
      }
    }
    const form = (path: string, field: string) =>
      new Promise<void>((resolve) => {
        const frame = document.createElement('iframe')
        frame.name = `f${Math.random()}`
        document.body.append(frame)
        const element = document.createElement('form')
        Object.assign(element, { method: 'post', enctype: 'text/plain', action: home + path, target: frame.name })
        const input = document.createElement('input')
        Object.assign(input, { name: field, value: '"}' })
        element.append(input)
        document.body.append(element)
        frame.onload = () => resolve()
        element.submit()
        setTimeout(resolve, 3_000)
      })
    const results = [
      // As a page may without asking first.
      await attempt({ method: 'POST', mode: 'no-cors', body }),
      await attempt({ method: 'POST', mode: 'no-cors', body: new URLSearchParams({ name: '别处' }) }),
      // As it may not.
      await attempt({ method: 'POST', body, headers: { 'content-type': 'application/json' } }),
      await attempt({ method: 'POST', body, headers: { 'content-type': 'application/json', 'x-qiao-csrf': '1' } }),
      await attempt({ method: 'DELETE' }, '/api/v1/session'),
      await attempt({}, '/api/v1/people'),
    ]
    await form('/api/v1/units', '{"name":"别处","kind":"department","county":"5301","x":"')
    await form('/api/v1/session', '{"login":"root","password":"')
    return results
  }, home)
  expect(tried).toEqual(Array(6).fill('failed'))
  expect(carried.length, 'the attempts are real ones').toBeGreaterThanOrEqual(3)
  expect(carried.some(Boolean)).toBe(carriesCookie)
  const refusals = office.server.log().split('\n').filter((line) => /units/.test(line) && /40[13]|415/.test(line))
  expect(refusals.length - refused, 'and reach the server').toBeGreaterThanOrEqual(3)
  refused = refusals.length
  expect(await state(), 'nothing has changed').toEqual(before)

  for (const path of ['/desk/', '/desk/accounts', '/', '/api/v1/me']) {
    await evil.evaluate(
      (source) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe')
          frame.id = 'framed'
          frame.onload = resolve
          frame.src = source
          document.body.append(frame)
        }),
      home + path,
    )
    const framed = evil.frames().find((frame) => frame.url().includes(path) && frame.url().startsWith(home))
    const shown = framed ? await framed.evaluate(() => document.body?.innerText ?? '').catch(() => '') : ''
    expect(shown, `${path} in a frame`).toBe('')
    expect(evil.frames().some((frame) => frame.url().startsWith('chrome-error:'))).toBe(true)
    await evil.evaluate(() => document.getElementById('framed')?.remove())
  }

  // A window opened from there has no way back to it, and it none into the window.
  const opening = page.context().waitForEvent('page')
  await evil.evaluate((url) => {
    Object.assign(window, { opened: window.open(url) })
  }, `${home}/desk/`)
  const opened = await opening
  await opened.waitForLoadState()
  expect(await opened.evaluate(() => window.opener === null)).toBe(true)
  expect(await evil.evaluate(() => (window as unknown as { opened: Window }).opened.closed)).toBe(true)
  await opened.close()
  await evil.close()
})

test('every page and file of both apps says by what it lives', async () => {
  const paths = ['/', '/desk/', '/desk/accounts', '/households', '/nowhere']
  const own = await page.context().newPage()
  const seen = new Map<string, Record<string, string>>()
  own.on('response', (response) => seen.set(new URL(response.url()).pathname, response.headers()))
  for (const path of paths) {
    await own.goto(home + path)
    await own.waitForLoadState('networkidle')
  }
  await own.close()
  expect([...seen.keys()].filter((path) => path.endsWith('.js')).length).toBeGreaterThan(2)
  for (const [path, headers] of seen) {
    const policy = headers['content-security-policy'] ?? ''
    expect(policy, path).toContain("default-src 'none'")
    expect(policy, path).toContain("frame-ancestors 'none'")
    expect(policy, path).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:/)
    if (!path.startsWith('/api/')) expect(policy, path).toContain("require-trusted-types-for 'script'")
    expect([headers['x-frame-options'], headers['x-content-type-options'], headers['referrer-policy']], path).toEqual([
      'DENY',
      'nosniff',
      'no-referrer',
    ])
    expect(headers['cross-origin-opener-policy'], path).toBe('same-origin')
  }
  expect(office.complaints).toEqual([])
})
