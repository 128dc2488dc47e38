/**
 * An office: a server in use, the built desk pages before it under the policy they are served with, and a browser.
 *
 * The front serves `/desk/` as the server does (files as they are, every other address the page itself) and hands the
 * rest on, so that pages and interface have one origin.
 */
import { createHmac } from 'node:crypto'
import { cpSync, createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM, ROOT } from '../harness/paths.ts'
import { nativeDevice } from '../harness/scene.ts'
import { type NativeDevice, QiaoServer } from '../harness/server.ts'

/** The policy the pages must live with. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types qiao-worker vue',
].join('; ')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}
/** Built by `npm run build --workspace @qiao/desk` in `web`. */
const BUILT = join(ROOT, 'web/apps/desk/dist')

/** Somebody with an account. */
export interface Account {
  login: string
  password: string
  secret: string
  recovery: string[]
}

class DeskFront {
  /** Whether the server can be reached. */
  open = true
  /** Live connections that stand. */
  private readonly lines = new Set<Socket>()
  private constructor(
    private readonly server: Server,
    private readonly target: () => number,
    private readonly pages: string,
  ) {}

  static async start(target: () => number, pages: string): Promise<DeskFront> {
    const server = createServer()
    const front = new DeskFront(server, target, pages)
    server.on('request', (ask, reply) => front.take(ask, reply))
    server.on('upgrade', (ask, socket: Socket) => front.upgrade(ask, socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return front
  }

  /** By name: browsers keep `__Host-` cookies for it without TLS. */
  get url(): string {
    const address = this.server.address()
    return `http://localhost:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Cuts the line: what stands breaks, and nothing new comes about until it is open again. */
  cut(): void {
    this.open = false
    for (const socket of this.lines) socket.destroy()
    this.server.closeAllConnections()
  }

  async stop(): Promise<void> {
    this.cut()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private upgrade(ask: IncomingMessage, socket: Socket): void {
    if (!this.open) return void socket.destroy()
    const on = connect(this.target(), '127.0.0.1', () => {
      const headers = Object.entries(ask.headers).map(([name, value]) => `${name}: ${String(value)}`)
      on.write(`${ask.method} ${ask.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      on.pipe(socket)
      socket.pipe(on)
    })
    for (const one of [on, socket]) {
      this.lines.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        this.lines.delete(one)
        on.destroy()
        socket.destroy()
      })
    }
  }

  private take(ask: IncomingMessage, reply: ServerResponse): void {
    const path = new URL(ask.url ?? '/', 'http://front').pathname
    if (path.startsWith('/desk/')) {
      const file = join(this.pages, normalize(path.slice('/desk'.length)))
      const served = existsSync(file) && statSync(file).isFile() ? file : join(this.pages, 'index.html')
      reply.writeHead(200, {
        'content-type': TYPES[extname(served)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
      })
      createReadStream(served).pipe(reply)
      return
    }
    if (!this.open) return void ask.socket.destroy()
    const on = request(
      {
        host: '127.0.0.1',
        port: this.target(),
        method: ask.method,
        path: ask.url,
        headers: ask.headers,
      },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(reply)
      },
    )
    on.on('error', () => ask.socket.destroy())
    ask.pipe(on)
  }
}

export class Office {
  /** What the policy or a script complained about, in any page. */
  readonly complaints: string[] = []
  private constructor(
    readonly server: QiaoServer,
    readonly front: DeskFront,
    private readonly browser: Browser,
  ) {}

  /** A county of two townships with two villages each, a unit, and an administrator of all of it, 周 (`root`). `named`: the server knows
   * the address its pages are opened at, which passkeys and a single sign-on need; `serve`: what else it is told, which may depend on it. */
  static async open(
    folder: string,
    options: { named?: boolean; serve?: (url: string) => Promise<string[]> } = {},
  ): Promise<Office> {
    // A copy: a build going on beside the tests must not take the pages away.
    const pages = join(folder, 'pages')
    cpSync(BUILT, pages, { recursive: true })
    const found: { server?: QiaoServer } = {}
    const front = await DeskFront.start(() => found.server?.port ?? 0, pages)
    const more = (await options.serve?.(front.url)) ?? []
    const server = await QiaoServer.start(folder, [...(options.named ? ['--public-url', front.url] : []), ...more])
    found.server = server
    const places = [
      ['5301', 'county', '清水县', null],
      ['530101', 'township', '东山乡', '5301'],
      ['530102', 'township', '西河镇', '5301'],
      ['530101001', 'village', '青山村', '530101'],
      ['530101002', 'village', '白石村', '530101'],
      ['530102001', 'village', '柳溪村', '530102'],
    ] as const
    for (const [id, level, name, parent] of places) {
      await server.operate(
        'admin',
        'place',
        'add',
        id,
        '--level',
        level,
        '--name',
        name,
        ...(parent ? ['--parent', parent] : []),
      )
    }
    await server.operate(
      'admin',
      'unit',
      'add',
      '--id',
      'u-water',
      '--name',
      '县水务局',
      '--kind',
      'department',
      '--county',
      '5301',
    )
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    return new Office(server, front, browser)
  }

  async person(id: string, name: string, role: string, ...more: string[]): Promise<void> {
    await this.server.operate('admin', 'person', 'add', '--id', id, '--name', name, '--role', role, ...more)
  }

  /** A phone of a person, let in and in step. */
  phone(person: string): Promise<NativeDevice> {
    return nativeDevice(this.server, this.server.folder, person)
  }

  /** An account for a person, who is made an administrator of everything if the register does not know them. */
  async account(login: string, name: string, person = login): Promise<Account> {
    const [made] = await this.server.operate(
      'admin',
      'create-account',
      '--login',
      login,
      '--name',
      name,
      '--person',
      person,
      '--json',
    )
    const url = new URL(String(made?.['otpauth_url']))
    return {
      login,
      password: String(made?.['password']),
      secret: url.searchParams.get('secret') ?? '',
      recovery: made?.['recovery_codes'] as string[],
    }
  }

  /** A desk of its own: nothing shared with another. */
  async desk(options: { width?: number; height?: number } = {}): Promise<Page> {
    const context: BrowserContext = await this.browser.newContext({
      viewport: { width: options.width ?? 1366, height: options.height ?? 768 },
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      acceptDownloads: true,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('console', (message) => {
      // A refusal is part of the story; a breach of the policy or a broken script is not.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    return page
  }

  /** Signs in with password and one-time code, and waits for the pages. */
  async signIn(page: Page, account: Account, path = ''): Promise<void> {
    await page.goto(`${this.front.url}/desk/${path}`)
    await page.getByLabel('账号').fill(account.login)
    await page.getByLabel('密码', { exact: true }).fill(account.password)
    await page.getByLabel('动态码').fill(await freshCode(account))
    await page.getByRole('button', { name: '登录' }).click()
    await page.getByRole('navigation').waitFor()
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.front.stop()
    await this.server.stop()
  }
}

const STEP_S = 30
const used = new Map<string, number>()

/** The one-time code of this half minute; each works once, so the next call waits for the next, or takes a recovery code. */
export async function freshCode(account: Account): Promise<string> {
  const step = Math.floor(Date.now() / 1000 / STEP_S)
  if (used.get(account.secret) === step) {
    const code = account.recovery.pop()
    if (code) return code
    await new Promise((resolve) => setTimeout(resolve, STEP_S * 1000))
    return freshCode(account)
  }
  used.set(account.secret, step)
  return totp(account.secret, step)
}

function totp(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', base32(secret)).update(counter).digest()
  const at = (digest[19] ?? 0) & 15
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

function base32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...text.replace(/=+$/, '')]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
