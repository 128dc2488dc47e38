/**
 * Requests to the server: exchanges with a reply that is stored as it arrives, and the one question of enrolling.
 *
 * Time-outs are by progress: a line that brings a byte now and then is alive, however slow.
 */
import { type Bytes, fromUtf8 } from '../bytes'
import { EngineFailure, type EngineModule } from '../engine/port'
import {
  ANSWER_SIZE_BYTES_MAX,
  NEVER_LEFT_MS_MAX,
  REPLY_SIZE_BYTES_MAX,
  SILENCE_MS_MAX,
  UPLOAD_BYTES_PER_S_MIN,
} from '../limits'
import { fail, problemOfReply, type Reasons } from '../problem'
import { ClientError } from '../api'
import type { Device } from '../worker/device'

const FRAMES = 'application/vnd.qiao.frames'

/** What an exchange may tell while it runs. */
export interface Observer {
  bytes(down: number): void
}

export class Server {
  /** `base` ends in a slash; the app and its server share an origin. */
  constructor(
    private readonly base: string,
    private readonly module: EngineModule,
    private readonly reasons: Reasons,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  liveUrl(): string {
    const url = new URL('sync/v1/live', this.base)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return url.href
  }

  /** One request and its reply; what came before a failure is stored. */
  async exchange(device: Device, storageLeftMiB: number, observer: Observer, stop: AbortSignal): Promise<void> {
    const body = await device.begin(storageLeftMiB, 'body')
    if (body === null) return
    const watch = new Watch(SILENCE_MS_MAX + (body.length / UPLOAD_BYTES_PER_S_MIN) * 1000, stop)
    const beganMs = performance.now()
    try {
      const reply = await this.send('sync/v1/exchange', body, FRAMES, watch).catch(async (error: unknown) => {
        if (performance.now() - beganMs < NEVER_LEFT_MS_MAX) await device.neverLeft()
        throw error
      })
      if (reply.status !== 200) throw await this.refusal(reply, watch)
      await this.read(reply, device, observer, watch)
    } finally {
      watch.end()
    }
    await device.finish()
  }

  /** Sends a JSON body and reads a JSON answer. */
  async ask(path: string, body: unknown): Promise<unknown> {
    const watch = new Watch(SILENCE_MS_MAX, null)
    try {
      const reply = await this.send(path, JSON.stringify(body), 'application/json', watch)
      if (!reply.ok) throw await this.refusal(reply, watch)
      return await this.json(reply, watch)
    } finally {
      watch.end()
    }
  }

  private async send(path: string, body: BodyInit, type: string, watch: Watch): Promise<Response> {
    try {
      const reply = await this.fetcher(new URL(path, this.base), {
        method: 'POST',
        body,
        headers: { 'content-type': type },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: watch.signal,
      })
      watch.life()
      return reply
    } catch {
      throw fail(watch.silent ? 'interrupted' : 'unreachable')
    }
  }

  private async read(reply: Response, device: Device, observer: Observer, watch: Watch): Promise<void> {
    const frames = this.module.reader(REPLY_SIZE_BYTES_MAX)
    try {
      for await (const piece of pieces(reply, watch)) {
        observer.bytes(piece.length)
        const received = frames.push(piece)
        await device.receive(received)
      }
      if (frames.partial) throw fail('interrupted')
    } catch (error) {
      throw error instanceof EngineFailure ? new ClientError(error.problem) : error
    } finally {
      frames.free()
    }
  }

  private async json(reply: Response, watch: Watch): Promise<unknown> {
    const parts: Uint8Array[] = []
    let size = 0
    for await (const piece of pieces(reply, watch)) {
      size += piece.length
      if (size > ANSWER_SIZE_BYTES_MAX) throw fail('bad_answer')
      parts.push(piece)
    }
    try {
      const text = new Uint8Array(size)
      let at = 0
      for (const part of parts) {
        text.set(part, at)
        at += part.length
      }
      return JSON.parse(fromUtf8(text))
    } catch {
      throw fail('bad_answer')
    }
  }

  private async refusal(reply: Response, watch: Watch): Promise<ClientError> {
    const after = Number.parseInt(reply.headers.get('retry-after') ?? '', 10)
    const body = await this.json(reply, watch).catch(() => null)
    return new ClientError(problemOfReply(reply.status, body, Number.isFinite(after) ? after : 0, this.reasons))
  }
}

async function* pieces(reply: Response, watch: Watch): AsyncGenerator<Bytes> {
  const reader = reply.body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      let piece
      try {
        piece = await reader.read()
      } catch {
        throw fail('interrupted')
      }
      watch.life()
      if (piece.done) return
      yield piece.value as Bytes
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Ends a request that has brought nothing for too long. */
class Watch {
  private readonly controller = new AbortController()
  private timer: ReturnType<typeof setTimeout>
  silent = false
  private readonly stopped = () => this.controller.abort()

  constructor(
    patienceMs: number,
    private readonly stop: AbortSignal | null,
  ) {
    this.timer = setTimeout(() => this.giveUp(), patienceMs)
    if (stop?.aborted) this.controller.abort()
    stop?.addEventListener('abort', this.stopped)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  life(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.giveUp(), SILENCE_MS_MAX)
  }

  end(): void {
    clearTimeout(this.timer)
    this.stop?.removeEventListener('abort', this.stopped)
  }

  private giveUp(): void {
    this.silent = true
    this.controller.abort()
  }
}
