/** A native device that stays: one process, commands one after the other, connected live as a desk is. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { QIAO } from '../harness/paths.ts'

interface Line {
  id?: number
  ok?: unknown
  error?: unknown
  event?: string
  doc?: string
  connected?: boolean
}

export class DeviceSession {
  private readonly asked = new Map<number, { done: (ok: unknown) => void; failed: (why: Error) => void }>()
  private readonly listeners = new Set<(line: Line) => void>()
  private last = 0

  private constructor(private readonly process: ChildProcess) {
    if (process.stdout)
      createInterface({ input: process.stdout }).on('line', (text) => {
        const line = JSON.parse(text) as Line
        if (line.event) for (const listener of this.listeners) listener(line)
        const waits = this.asked.get(line.id ?? 0)
        if (!waits) return
        this.asked.delete(line.id ?? 0)
        if (line.error) waits.failed(new Error(JSON.stringify(line.error)))
        else waits.done(line.ok)
      })
    process.on('exit', (code) => {
      for (const { failed } of this.asked.values()) failed(new Error(`qiao device session: exit ${code}`))
    })
  }

  /** On the folder of a device that has been let in; connected when this resolves. */
  static async live(home: string): Promise<DeviceSession> {
    const child = spawn(QIAO, ['device', '--home', home, 'session'], { stdio: ['pipe', 'pipe', 'ignore'] })
    const session = new DeviceSession(child)
    const connected = new Promise<void>((resolve) =>
      session.listen((line) => line.event === 'live' && line.connected && resolve()),
    )
    await session.ask('live', { on: true })
    await connected
    return session
  }

  listen(listener: (line: Line) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Resolves once what it speaks of is on the device's disk. */
  ask(cmd: string, more: object = {}): Promise<unknown> {
    this.last += 1
    const id = this.last
    const answered = new Promise((done, failed) => this.asked.set(id, { done, failed }))
    this.process.stdin?.write(`${JSON.stringify({ cmd, id, ...more })}\n`)
    return answered
  }

  edit(edit: object): Promise<unknown> {
    return this.ask('edit', { edit })
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.stdin?.end()
    const late = setTimeout(() => this.process.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(late)
  }
}
