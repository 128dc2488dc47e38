/**
 * A connection that stays: the same frames as an exchange, both ways, while the app is looked at and there is a line.
 *
 * Any byte that arrives is life; so is an upload that goes on draining. A browser shows no pings to a page, so a line
 * that leaves a question without a byte, or is idle for long, is given up, and the ordinary exchange asks anew.
 */
import type { Problem } from '../api'
import { type Bytes } from '../bytes'
import { EngineFailure, type EngineModule, type Received } from '../engine/port'
import {
  ACKNOWLEDGE_AFTER_MS,
  ANSWER_MS_MAX,
  ASK_AGAIN_MS,
  GATHER_MS,
  LOOK_EVERY_MS,
  MESSAGE_SIZE_BYTES_MAX,
  SYNC_EVERY_MS,
} from '../limits'
import { problem, problemOf } from '../problem'
import type { Device } from '../worker/device'

export interface LiveHooks {
  /** It has been answered, or something came or went. */
  step(): void
  bytes(down: number): void
}

export class Live {
  private socket: WebSocket | null = null
  private over: ((why: Problem | null) => void) | null = null
  private last: Promise<unknown> = Promise.resolve()
  private pushTimer: ReturnType<typeof setTimeout> | undefined
  private acknowledgeTimer: ReturnType<typeof setTimeout> | undefined
  private lookTimer: ReturnType<typeof setInterval> | undefined
  private heardMs = 0
  private askedMs = 0
  private buffered = 0
  private questions = { open: 0, atMs: 0 }
  /** The hello has been answered to its end. */
  answered = false

  constructor(
    private readonly device: Device,
    private readonly module: EngineModule,
    private readonly hooks: LiveHooks,
  ) {}

  /** Runs until it breaks or is stopped. `null` when it ended in order. */
  async run(url: string, storageLeftMiB: number): Promise<Problem | null> {
    const hello = await this.device.begin(storageLeftMiB, 'message')
    if (hello === null) return null
    return new Promise<Problem | null>((resolve) => {
      const socket = new WebSocket(url)
      socket.binaryType = 'arraybuffer'
      this.socket = socket
      this.heardMs = Date.now()
      // Coming about and the answer to the hello are waited for like any other answer.
      this.askedMs = this.heardMs + 1
      this.over = (why) => {
        this.over = null
        clearTimeout(this.pushTimer)
        clearTimeout(this.acknowledgeTimer)
        clearInterval(this.lookTimer)
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null
        socket.close()
        this.socket = null
        if (why) this.device.interrupted()
        // What is being stored is stored first.
        void this.last.then(() => resolve(why))
      }
      let opened = false
      socket.onopen = () => {
        opened = true
        this.send(hello)
      }
      socket.onmessage = (message: MessageEvent<ArrayBuffer>) => {
        this.heardMs = Date.now()
        this.hooks.bytes(message.data.byteLength)
        this.then(() => this.take(new Uint8Array(message.data)))
      }
      socket.onclose = () => this.over?.(problem('interrupted'))
      socket.onerror = () => {
        // The hello waits for the connection: without one it never left.
        if (!opened) this.last = this.last.then(() => this.device.neverLeft()).catch(() => undefined)
        this.over?.(problem('unreachable'))
      }
      this.lookTimer = setInterval(() => this.look(), LOOK_EVERY_MS)
    })
  }

  /** An edit has been made: it goes out with others made in the same moment. */
  nudge(): void {
    if (!this.answered || this.pushTimer !== undefined) return
    this.pushTimer = setTimeout(() => {
      this.pushTimer = undefined
      this.then(async () => {
        const more = await this.device.beginMore()
        // It went out with an earlier one, which may have been answered already.
        if (more === null) return this.hooks.step()
        this.askedMs = Date.now()
        this.send(more)
      })
    }, GATHER_MS)
  }

  stop(): void {
    this.over?.(null)
  }

  private send(message: Bytes): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(message)
  }

  private then(work: () => Promise<void>): void {
    this.last = this.last.then(async () => {
      if (!this.over) return
      try {
        await work()
      } catch (error) {
        this.over?.(problemOf(error))
      }
    })
  }

  private async take(bytes: Uint8Array): Promise<void> {
    const received = this.unpack(bytes)
    if (!received) return this.over?.(problem('bad_answer'))
    const { caughtUp } = received
    await this.device.receive(received)
    if (!this.answered && caughtUp) {
      // The answer to the hello is complete: what it does not speak of never arrived.
      await this.device.finish()
      this.answered = true
      this.nudge()
    }
    if (this.device.wipeOrdered) return this.over?.(null)
    this.ask()
    this.acknowledgeTimer ??= setTimeout(() => {
      this.acknowledgeTimer = undefined
      this.then(async () => {
        const cursors = await this.device.acknowledge()
        if (cursors) this.send(cursors)
      })
    }, ACKNOWLEDGE_AFTER_MS)
    this.hooks.step()
  }

  private unpack(bytes: Uint8Array): Received | null {
    try {
      return this.module.unpackMessage(bytes, MESSAGE_SIZE_BYTES_MAX)
    } catch (error) {
      if (error instanceof EngineFailure) return null
      throw error
    }
  }

  /** Has questions of the engine sent, each once, and again only when they stay unanswered. */
  private ask(): void {
    const open = this.device.look.openQuestions
    if (this.answered && open > 0 && (open > this.questions.open || Date.now() - this.questions.atMs > ASK_AGAIN_MS)) {
      this.questions.atMs = Date.now()
      this.nudge()
    }
    this.questions.open = open
  }

  private look(): void {
    const now = Date.now()
    const buffered = this.socket?.bufferedAmount ?? 0
    if (buffered < this.buffered) this.heardMs = now
    this.buffered = buffered
    const silence = now - this.heardMs
    const asked = this.askedMs > this.heardMs
    if ((asked && silence > ANSWER_MS_MAX) || silence > SYNC_EVERY_MS) this.over?.(problem('interrupted'))
  }
}
