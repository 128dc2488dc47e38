import { afterEach, expect, test, vi } from 'vitest'
import { all, ask, createApi, type Doors } from './index'
import { ApiProblem, problemOf } from './problem'

const problem = (status: number, code: string, more: object = {}): Response =>
  new Response(JSON.stringify({ code, title: '标题', detail: '说明', request_id: 'r1', ...more }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '7' },
  })
const answer = (body: unknown): Response =>
  new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } })

function server(...answers: (Response | Error)[]): Request[] {
  const seen: Request[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    seen.push(request)
    const next = answers.shift()
    if (!next || next instanceof Error) throw next ?? new Error('no answer left')
    return next
  })
  return seen
}

function doors(proofs: Partial<Record<'signIn' | 'stepUp', boolean>> = {}): Doors & { opened: string[] } {
  const opened: string[] = []
  const open = (name: 'signIn' | 'stepUp') => async () => {
    opened.push(name)
    return proofs[name] ?? false
  }
  return { opened, signIn: open('signIn'), stepUp: open('stepUp'), language: () => 'en' }
}

afterEach(() => vi.unstubAllGlobals())

test('every request says it comes from these pages, and in which language', async () => {
  const seen = server(answer({ items: [] }))
  const api = createApi(doors(), 'http://desk.test')
  await ask(api.GET('/api/v1/people', { params: { query: { limit: 5 } } }))
  expect(seen[0]?.url).toBe('http://desk.test/api/v1/people?limit=5')
  expect(seen[0]?.headers.get('x-qiao-csrf')).toBe('1')
  expect(seen[0]?.headers.get('accept-language')).toBe('en')
})

test('a decision that needs the identity confirmed is sent again as it was', async () => {
  const seen = server(problem(403, 'step_up_needed'), answer({ device_id: 'd' }))
  const open = doors({ stepUp: true })
  const api = createApi(open, 'http://desk.test')
  const body = { reason: '丢失' }
  await ask(api.POST('/api/v1/devices/{device_id}/revoke', { params: { path: { device_id: 'd' } }, body }))
  expect(open.opened).toEqual(['stepUp'])
  expect(await seen[1]?.json()).toEqual(body)
})

test('an ended session is followed by signing in, then confirming, then the answer', async () => {
  server(problem(401, 'signed_out'), problem(403, 'step_up_needed'), answer([]))
  const open = doors({ signIn: true, stepUp: true })
  await ask(createApi(open, 'http://desk.test').GET('/api/v1/units'))
  expect(open.opened).toEqual(['signIn', 'stepUp'])
})

test('who declines gets the refusal', async () => {
  server(problem(403, 'step_up_needed'))
  const refused = ask(createApi(doors(), 'http://desk.test').GET('/api/v1/units'))
  await expect(refused).rejects.toMatchObject({
    code: 'step_up_needed',
    detail: '说明',
    requestId: 'r1',
    retryAfterS: 7,
  })
})

test('a server that cannot be reached is told from one that refuses', async () => {
  server(new TypeError('network'))
  const lost = ask(createApi(doors(), 'http://desk.test').GET('/api/v1/units'))
  await expect(lost).rejects.toMatchObject({ code: 'unreachable' })
  server(new Response('<html>Bad gateway</html>', { status: 502, headers: { 'content-type': 'text/html' } }))
  const proxy = ask(createApi(doors(), 'http://desk.test').GET('/api/v1/units'))
  await expect(proxy).rejects.toMatchObject({ code: 'unreadable', status: 502 })
})

test('field errors keep their pointers', () => {
  const body = { code: 'invalid', errors: [{ field: '/places/0', code: 'unknown' }] }
  const read = problemOf(body, 422, new Headers())
  expect(read).toBeInstanceOf(ApiProblem)
  expect(read.fields).toEqual([{ field: '/places/0', code: 'unknown' }])
})

test('a list is read to its end, and a bound is said', async () => {
  const pages: Record<string, { items: number[]; next?: string }> = {
    '': { items: [1, 2], next: '2' },
    '2': { items: [3, 4], next: '4' },
    '4': { items: [5] },
  }
  const page = async (after: string | undefined) => pages[after ?? ''] ?? { items: [] }
  expect(await all(page)).toEqual({ items: [1, 2, 3, 4, 5], more: false })
  expect(await all(page, 3)).toEqual({ items: [1, 2, 3, 4], more: true })
})
