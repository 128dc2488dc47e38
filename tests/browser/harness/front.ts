/**
 * What stands before the server in a test: serves built pages, hands everything else on, and can be cut or slowed.
 *
 * Pages stay reachable while the server does not run, as an installed app's do.
 */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { Transform } from 'node:stream'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

export class Front {
  /** Bytes of bodies and messages, as they travel. */
  up = 0
  down = 0
  /** What is let through to the server: everything, nothing, or so many bytes of a reply before the line is cut. */
  line: 'open' | 'cut' | { cutAfterBytes: number } = 'open'
  /** Bytes a second down; 0 is unlimited. Each request then waits `latencyMs` first. */
  bytesPerS = 0
  latencyMs = 0
  /** Put before scripts whose path matches, so that a page can be given another clock. */
  before: { path: RegExp; script: string } | null = null
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly target: () => number,
    /** The folder served; another one is another version of the app. */
    public pages: string,
    private readonly headers: Record<string, string>,
  ) {}

  /** Serves `pages` and hands the rest to the port that `target` names. `headers` go with every page. */
  static async start(pages: string, target: () => number, headers: Record<string, string> = {}): Promise<Front> {
    const server = createServer()
    const front = new Front(server, target, pages, headers)
    server.on('request', (ask, reply) => front.take(ask, reply))
    server.on('upgrade', (ask, socket: Socket, head) => front.upgrade(ask, socket, head))
    server.on('connection', (socket) => {
      front.sockets.add(socket)
      socket.on('close', () => front.sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return front
  }

  get url(): string {
    const address = this.server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Cuts every connection that stands. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private take(ask: IncomingMessage, reply: ServerResponse): void {
    const path = new URL(ask.url ?? '/', 'http://front').pathname
    const file = join(this.pages, normalize(path === '/' ? '/index.html' : path))
    if (ask.method === 'GET' && existsSync(file) && statSync(file).isFile()) {
      reply.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache', ...this.headers })
      const { before } = this
      if (before?.path.test(path)) reply.write(before.script)
      createReadStream(file).pipe(reply)
      return
    }
    // Every address of an app is its one page; what is asked for as a page is never the server's.
    if (ask.method === 'GET' && ask.headers['sec-fetch-mode'] === 'navigate' && path !== '/') {
      ask.url = '/'
      return this.take(ask, reply)
    }
    if (this.line === 'cut') return void ask.socket.destroy()
    setTimeout(() => this.handOn(ask, reply), this.latencyMs)
  }

  private handOn(ask: IncomingMessage, reply: ServerResponse): void {
    const on = request(
      { host: '127.0.0.1', port: this.target(), method: ask.method, path: ask.url, headers: ask.headers },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(this.shaped(() => ask.socket.destroy())).pipe(reply)
        answer.on('error', () => ask.socket.destroy())
      },
    )
    on.on('error', () => ask.socket.destroy())
    ask.on('data', (piece: Buffer) => (this.up += piece.length))
    ask.pipe(on)
  }

  private upgrade(ask: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.line !== 'open') return void socket.destroy()
    const on = connect(this.target(), '127.0.0.1', () => {
      const headers = Object.entries(ask.headers).map(([name, value]) => `${name}: ${String(value)}`)
      on.write(`${ask.method} ${ask.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      on.write(head)
      socket.on('data', (piece: Buffer) => (this.up += piece.length))
      on.pipe(this.shaped(() => socket.destroy())).pipe(socket)
      socket.pipe(on)
    })
    for (const one of [on, socket]) {
      one.on('error', () => undefined)
      one.on('close', () => {
        on.destroy()
        socket.destroy()
      })
    }
  }

  /** Counts, slows and cuts what comes down. */
  private shaped(cut: () => void): Transform {
    let passed = 0
    return new Transform({
      highWaterMark: 1024,
      transform: (piece: Buffer, _, next) => {
        this.down += piece.length
        const { line } = this
        if (line === 'cut') return cut()
        if (typeof line === 'object' && passed + piece.length > line.cutAfterBytes) {
          const left = piece.subarray(0, Math.max(0, line.cutAfterBytes - passed))
          this.line = 'cut'
          next(null, left)
          setTimeout(cut, 20)
          return
        }
        passed += piece.length
        if (this.bytesPerS === 0) return next(null, piece)
        setTimeout(() => next(null, piece), (piece.length / this.bytesPerS) * 1000)
      },
    })
  }
}
