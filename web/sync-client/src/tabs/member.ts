/**
 * One window among several: the one that leads runs the engine, the others ask it.
 *
 * A lock of the browser says who leads, so that two windows never open two engines; it goes with the window. A leader
 * that does not answer is gone or frozen: the lock is taken from it, and the fence in the store keeps it from writing if
 * it ever wakes. Calls carry names, so that asking a second leader the same thing has no second effect.
 */
import type { ClientEvent, Problem } from '../api'
import { ClientError } from '../api'
import { LEADER_ANSWERS_MS } from '../limits'
import { fail, problemOf } from '../problem'
import type { PageHint } from '../worker/host'
import type { Answer, Message } from './messages'

/** The engine's host, in the window that leads. */
export interface Led {
  start(): Promise<void>
  stop(): Promise<void>
  call(method: string, args: unknown[], call: string): Promise<unknown>
  hint(hint: PageHint): void
}

interface Waiting {
  method: string
  args: unknown[]
  taken: boolean
  timer: ReturnType<typeof setTimeout> | undefined
  settle(answer: Answer): void
}

export interface MemberParts {
  /** Name of lock and channel. */
  name: string
  locks: Pick<LockManager, 'request'>
  channel: { postMessage(message: unknown): void; onmessage: ((event: MessageEvent) => void) | null; close(): void }
  make: (tell: (event: ClientEvent) => void, fenced: () => void) => Led
  tell: (event: ClientEvent) => void
}

export class Member {
  private readonly id = crypto.randomUUID()
  private led: Led | null = null
  private starting: Promise<void> | null = null
  private startProblem: Problem | null = null
  private release: (() => void) | null = null
  private readonly waiting = new Map<string, Waiting>()
  /** Pages that are visible, by window, while leading. */
  private readonly visible = new Map<string, boolean>()
  private lastHint: PageHint = {}
  private calls = 0
  private ended = false

  constructor(private readonly parts: MemberParts) {
    parts.channel.onmessage = (event: MessageEvent<Message>) => this.hear(event.data)
    this.queueForLead(false)
  }

  get leads(): boolean {
    return this.led !== null
  }

  /** One call of a screen, wherever the engine is. */
  async call(method: string, args: unknown[]): Promise<Answer> {
    this.calls += 1
    const call = `${this.id}/${this.calls}`
    if (this.led) {
      const answer = await this.answer(method, args, call)
      if (!('problem' in answer) || answer.problem.code !== 'taken_over') return answer
      // Another window has taken over while this one slept: it is asked instead.
      await this.resign()
    }
    return new Promise((settle) => {
      this.waiting.set(call, { method, args, taken: false, timer: undefined, settle })
      this.ask(call)
    })
  }

  hint(hint: PageHint): void {
    this.lastHint = { ...this.lastHint, ...hint }
    if (this.led) this.hintLed(this.id, hint)
    else this.say({ to: 'leader', from: this.id, hint })
  }

  async end(): Promise<void> {
    this.ended = true
    await this.resign()
    this.parts.channel.close()
  }

  private queueForLead(steal: boolean): void {
    const lead = () =>
      new Promise<void>((resolve) => {
        if (this.ended) return resolve()
        this.release = resolve
        this.lead()
      })
    this.parts.locks
      .request(this.parts.name, steal ? { steal: true } : {}, lead)
      .catch(() => undefined)
      .then(async () => {
        // Given up, or taken away by another window.
        await this.stopLed()
        if (!this.ended) this.queueForLead(false)
      })
  }

  private lead(): void {
    const led = this.parts.make(
      (event) => {
        this.parts.tell(event)
        this.say({ to: 'all', event })
      },
      () => void this.resign(),
    )
    this.led = led
    this.startProblem = null
    this.visible.clear()
    this.starting = led.start().catch((error: unknown) => {
      this.startProblem = problemOf(error)
    })
    this.hintLed(this.id, this.lastHint)
    this.say({ to: 'all', leader: this.id })
    for (const [call, { method, args, settle, timer }] of this.waiting) {
      clearTimeout(timer)
      this.waiting.delete(call)
      void this.answer(method, args, call).then(settle)
    }
  }

  private async resign(): Promise<void> {
    await this.stopLed()
    this.release?.()
    this.release = null
  }

  private async stopLed(): Promise<void> {
    const led = this.led
    this.led = null
    await led?.stop().catch(() => undefined)
  }

  private async answer(method: string, args: unknown[], call: string): Promise<Answer> {
    const led = this.led
    try {
      await this.starting
      if (this.startProblem) throw new ClientError(this.startProblem)
      if (!led) throw fail('taken_over')
      return { value: await led.call(method, args, call) }
    } catch (error) {
      return { problem: problemOf(error) }
    }
  }

  private ask(call: string): void {
    const waiting = this.waiting.get(call)
    if (!waiting) return
    waiting.taken = false
    clearTimeout(waiting.timer)
    waiting.timer = setTimeout(() => {
      if (this.waiting.has(call) && !waiting.taken && !this.led) this.queueForLead(true)
    }, LEADER_ANSWERS_MS)
    this.say({ to: 'leader', from: this.id, call, method: waiting.method, args: waiting.args })
  }

  private hear(message: Message): void {
    if (message.to === 'all') {
      if ('event' in message) {
        if (!this.led) this.parts.tell(message.event)
      } else if ('leader' in message && message.leader !== this.id) {
        for (const call of this.waiting.keys()) this.ask(call)
        this.say({ to: 'leader', from: this.id, hint: this.lastHint })
      }
      return
    }
    if (message.to === 'leader') {
      if (!this.led || !('from' in message)) return
      if ('hint' in message) return this.hintLed(message.from, message.hint)
      const { from: to, call, method, args } = message
      this.say({ to, call, taken: true })
      void this.answer(method, args, call).then((answer) => this.say({ to, call, answer }))
      return
    }
    if (message.to !== this.id || !('call' in message)) return
    const waiting = this.waiting.get(message.call)
    if (!waiting) return
    if ('taken' in message) {
      waiting.taken = true
      return
    }
    clearTimeout(waiting.timer)
    this.waiting.delete(message.call)
    waiting.settle(message.answer)
  }

  /** The engine is in front of a person while any window is. */
  private hintLed(from: string, hint: PageHint): void {
    if (hint.visible !== undefined) this.visible.set(from, hint.visible)
    const visible = hint.visible === undefined ? {} : { visible: [...this.visible.values()].includes(true) }
    this.led?.hint({ ...hint, ...visible })
  }

  private say(message: Message): void {
    this.parts.channel.postMessage(message)
  }
}
