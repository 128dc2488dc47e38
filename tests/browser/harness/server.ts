/** `qiao serve` as a process on a data folder of its own, the operator's commands, and native devices. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { QIAO } from './paths.ts'

const run = promisify(execFile)
const LISTENING = /listening on (https?:\/\/\S+)/

export class QiaoServer {
  private process: ChildProcess | null = null
  private address = '127.0.0.1:0'

  private constructor(
    readonly folder: string,
    private readonly args: string[],
  ) {}

  /** Starts one on `folder`, on a free port of the loopback; further arguments are those of `qiao serve`. */
  static async start(folder: string, args: string[] = []): Promise<QiaoServer> {
    const server = new QiaoServer(folder, args)
    await server.restart()
    return server
  }

  get url(): string {
    return `http://${this.address}`
  }
  get port(): number {
    return Number(this.address.split(':')[1])
  }
  get running(): boolean {
    return this.process !== null
  }

  /** Starts it again at the address it had. */
  async restart(): Promise<void> {
    await this.stop()
    const args = ['serve', '--listen', this.address, '--data', join(this.folder, 'data'), ...this.args]
    const child = spawn(QIAO, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process = child
    const log = join(this.folder, 'server.log')
    child.stderr.on('data', (text: Buffer) => appendFileSync(log, text))
    const lines = createInterface({ input: child.stdout })
    this.address = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('qiao serve did not say where it listens')), 60_000)
      lines.on('line', (line) => {
        appendFileSync(log, `${line}\n`)
        const found = LISTENING.exec(line)?.[1]
        if (!found) return
        clearTimeout(timer)
        resolve(new URL(found).host)
      })
      child.once('exit', () => reject(new Error(`qiao serve ended: ${readFileSync(log, 'utf8')}`)))
    })
    child.removeAllListeners('exit')
    for (let tries = 0; tries < 500; tries++) {
      const healthy = await fetch(`${this.url}/healthz`).then((reply) => reply.ok, () => false)
      if (healthy) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('qiao serve does not answer')
  }

  /** Ends it at once, as a power cut would. */
  async stop(): Promise<void> {
    const child = this.process
    this.process = null
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** One command of the operator (`admin …`); every line it prints, read as JSON. */
  async operate(...args: string[]): Promise<Record<string, unknown>[]> {
    const { stdout } = await run(QIAO, ['--data', join(this.folder, 'data'), ...args])
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Changes what it has stored, as only time could: one SQL statement. */
  async change(statement: string): Promise<void> {
    const program = 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=30); c.execute(sys.argv[2]); c.commit()'
    await run('python3', ['-c', program, join(this.folder, 'data/qiao.sqlite'), statement])
  }

  log(): string {
    return readFileSync(join(this.folder, 'server.log'), 'utf8')
  }
}

/** A device of the command line, one process a command. */
export class NativeDevice {
  constructor(readonly home: string) {}

  async run(args: string[], input = ''): Promise<Record<string, unknown>> {
    const child = execFile(QIAO, ['device', '--home', this.home, ...args, '--json'], { maxBuffer: 256 << 20 })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (text: string) => (stdout += text))
    child.stderr?.on('data', (text: string) => (stderr += text))
    child.stdin?.end(input)
    const [code] = (await once(child, 'exit')) as [number]
    if (code !== 0) throw new Error(`qiao device ${args.join(' ')}: exit ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** Edits, one JSON object each, durable when this resolves. */
  async apply(edits: object[]): Promise<Record<string, unknown>> {
    return this.run(['apply', '-'], edits.map((edit) => JSON.stringify(edit)).join('\n'))
  }

  sync(): Promise<Record<string, unknown>> {
    return this.run(['sync'])
  }
}
