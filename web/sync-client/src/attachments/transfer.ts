/**
 * Attachments over the network: pieces up, bytes down, each request signed by the device (PROTOCOL.md, section 19).
 *
 * Owns the form of requests and of their answers; when and what is asked for is `queue.ts`'s.
 */
import { type Bytes, concat, toBase64Url, utf8 } from '../bytes'
import { ATTACHMENT_SIZE_BYTES_MAX, SILENCE_MS_MAX, UPLOAD_BYTES_PER_S_MIN } from '../limits'
import { fail, problemOfReply, type Reasons } from '../problem'
import { ClientError } from '../api'

export interface Signer {
  deployment: string
  /** Hex. */
  device: string
  sign(message: Uint8Array): Promise<Bytes>
}

export interface TransferParts {
  /** Address of the server, ending in a slash. */
  base: string
  signer: () => Signer
  /** Unix ms by this device. */
  now: () => number
  /** Server time minus device time, as exchanges have told it. */
  skewMs: () => number
  reasons: Reasons
  fetcher?: typeof fetch
}

/** How far an upload has come, as the server says. */
export interface Progress {
  offset: number
  complete: boolean
}

/** A refusal with what else its answer said. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly error: ClientError,
    readonly offset: number | null,
  ) {
    super(code)
  }
}

export class Transfer {
  /** Server time minus device time, told by a refusal for just this. */
  private toldSkewMs: number | null = null

  constructor(private readonly parts: TransferParts) {}

  /** Where an upload stands. */
  async progress(hash: string, doc: string, stop: AbortSignal): Promise<Progress> {
    const reply = await this.ask('HEAD', `${hash}?doc=${doc}`, null, null, stop)
    return progressOf(reply)
  }

  /** Sends a piece. */
  async put(
    hash: string,
    doc: string,
    of: { offset: number; size: number },
    piece: Bytes,
    stop: AbortSignal,
  ): Promise<Progress> {
    const target = `${hash}?doc=${doc}&offset=${of.offset}&size=${of.size}`
    return progressOf(await this.ask('PUT', target, piece, null, stop))
  }

  /** Fetches the bytes; `held` are there already, from a try that was cut. */
  async get(hash: string, doc: string, held: Bytes[], stop: AbortSignal): Promise<void> {
    const from = held.reduce((sum, piece) => sum + piece.length, 0)
    const reply = await this.ask('GET', `${hash}?doc=${doc}`, null, from > 0 ? `bytes=${from}-` : null, stop)
    if (from > 0 && reply.status !== 206) held.length = 0
    let size = held.reduce((sum, piece) => sum + piece.length, 0)
    const reader = reply.body?.getReader()
    if (!reader) return
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw fail('interrupted')
      })
      if (done) return
      size += value.length
      if (size > ATTACHMENT_SIZE_BYTES_MAX) throw fail('bad_answer')
      held.push(value as Bytes)
    }
  }

  private async ask(
    method: string,
    rest: string,
    body: Bytes | null,
    range: string | null,
    stop: AbortSignal,
  ): Promise<Response> {
    const first = await this.once(method, rest, body, range, stop)
    if (first.status !== 401) return this.checked(first)
    const told = Number(first.headers.get('qiao-time'))
    if (!Number.isFinite(told) || told <= 0) return this.checked(first)
    // The clock of this device is wrong: the server's is taken.
    this.toldSkewMs = told - this.parts.now()
    return this.checked(await this.once(method, rest, body, range, stop))
  }

  private async once(
    method: string,
    rest: string,
    body: Bytes | null,
    range: string | null,
    stop: AbortSignal,
  ): Promise<Response> {
    const target = `/sync/v1/attachments/${rest}`
    const { deployment, device, sign } = this.parts.signer()
    const atMs = Math.max(0, Math.round(this.parts.now() + (this.toldSkewMs ?? this.parts.skewMs())))
    const message = await attachmentMessage({
      deployment,
      device,
      atMs,
      method,
      target,
      body: body ?? new Uint8Array(0),
    })
    const proof = `Qiao ${device}.${atMs}.${toBase64Url(await sign(message))}`
    const patience = SILENCE_MS_MAX + ((body?.length ?? 0) / UPLOAD_BYTES_PER_S_MIN) * 1000
    const fetcher = this.parts.fetcher ?? ((input, init) => fetch(input, init))
    try {
      return await fetcher(new URL(target.slice(1), this.parts.base), {
        method,
        body,
        headers: { authorization: proof, ...(range === null ? {} : { range }) },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.any([stop, AbortSignal.timeout(patience)]),
      })
    } catch {
      throw fail('unreachable')
    }
  }

  private async checked(reply: Response): Promise<Response> {
    if (reply.ok) return reply
    const body: unknown = await reply.json().catch(() => null)
    const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : ''
    const after = Number.parseInt(reply.headers.get('retry-after') ?? '', 10)
    const problem = problemOfReply(reply.status, body, Number.isFinite(after) ? after : 0, this.parts.reasons)
    const offset = Number.parseInt(reply.headers.get('upload-offset') ?? '', 10)
    throw new Refused(reply.status, code, new ClientError(problem), Number.isFinite(offset) ? offset : null)
  }
}

function progressOf(reply: Response): Progress {
  const offset = Number.parseInt(reply.headers.get('upload-offset') ?? '', 10)
  if (!Number.isFinite(offset)) throw fail('bad_answer')
  return { offset, complete: reply.headers.get('upload-complete') === '?1' }
}

/** What a device signs for a request. */
export async function attachmentMessage(of: {
  deployment: string
  device: string
  atMs: number
  method: string
  target: string
  body: Bytes
}): Promise<Bytes> {
  const device = Uint8Array.from(of.device.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return concat(
    text('qiao attachment 1'),
    text(of.deployment),
    device,
    uint(of.atMs),
    text(of.method),
    text(of.target),
    await sha256(of.body),
  )
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function text(value: string): Bytes {
  const bytes = utf8(value)
  return concat(uint(bytes.length), bytes)
}

/** Unsigned LEB128. Numbers here reach beyond 32 bits. */
function uint(value: number): Bytes {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return Uint8Array.from(bytes)
}
