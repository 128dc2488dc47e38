/**
 * When attachments go out and come in: after the text, small pictures first, on the links that are allowed.
 *
 * One upload at a time. After each piece it is looked whether text wants to go, so a photo never holds a record up. A cut
 * costs one piece: the server says where to go on. Owns no bytes; those are the shelf's.
 */
import type { AttachmentWait, Problem } from '../api'
import { ClientError } from '../api'
import { type Bytes, concat, toBase64Url } from '../bytes'
import {
  ATTACHMENT_MISSING_AGAIN_MS,
  ATTACHMENT_PIECE_BYTES_MAX,
  ATTACHMENT_PIECE_BYTES_MIN,
  ATTACHMENT_PIECE_MS,
  ATTACHMENT_WAIT_DOC_MS,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
} from '../limits'
import { isOffline, problem } from '../problem'
import type { AttachmentType } from './refs'
import type { Part, Shelf } from './shelf'
import { Refused, sha256, type Transfer } from './transfer'

export type Link = 'any' | 'wifi' | 'ask'
export type Phase = 'idle' | 'text_first' | 'sending' | 'offline' | 'link' | 'pause'

export interface QueueParts {
  shelf: Shelf
  transfer: Transfer
  now: () => number
  random: () => number
  /** Everything written has been answered and nothing is under way. */
  textIsOut: () => boolean
  /** Kind of link as the browser names it; `null` where it does not. */
  connection: () => string | null
  link: Link
  /** Something about these has changed. */
  tell: (hashes: string[]) => void
}

export class Queue {
  phase: Phase = 'idle'
  link: Link
  /** Whoever asked for it lets what waits go, whatever the link. */
  private permitted = false
  private readonly sending = new Map<string, number>()
  private readonly later = new Map<string, number>()
  private readonly tries = new Map<string, number>()
  private readonly stopped = new AbortController()
  private running: Promise<void> | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private waitMs = RETRY_MS_MIN
  private pieceBytes = ATTACHMENT_PIECE_BYTES_MIN
  private readonly fetching = new Map<string, Promise<void>>()
  private readonly held = new Map<string, Bytes[]>()
  /** What could not be had, why, and when it is asked for again. */
  private readonly missing = new Map<string, { untilMs: number; why: 'offline' | 'not_there' }>()

  constructor(private readonly parts: QueueParts) {
    this.link = parts.link
  }

  async stop(): Promise<void> {
    this.stopped.abort()
    clearTimeout(this.timer)
    await this.running
    await Promise.allSettled(this.fetching.values())
  }

  /** Something suggests that there is something to do, or that it can be done now. */
  nudge(): void {
    if (this.stopped.signal.aborted || this.running || this.phase === 'pause') return
    if (this.parts.shelf.queued().length === 0) {
      this.phase = 'idle'
      this.permitted = false
      return
    }
    this.running = this.run().finally(() => (this.running = null))
  }

  /** The phone has a line again, or somebody asks for it now. */
  hint(): void {
    clearTimeout(this.timer)
    this.waitMs = RETRY_MS_MIN
    this.missing.clear()
    if (this.phase === 'pause' || this.phase === 'offline') this.phase = 'idle'
    this.nudge()
  }

  /** What waits now may go on any link. */
  permit(): void {
    this.permitted = true
    this.later.clear()
    this.hint()
  }

  setLink(link: Link): void {
    this.link = link
    this.hint()
  }

  /** Percent sent, of what is being sent. */
  percent(hash: string): number | null {
    return this.sending.get(hash) ?? null
  }

  /** Whether the link that there is may be used without being asked. */
  mayUse(): boolean {
    if (this.link === 'any' || this.permitted) return true
    const kind = this.parts.connection()
    return this.link === 'wifi' && (kind === 'wifi' || kind === 'ethernet')
  }

  private async run(): Promise<void> {
    for (;;) {
      if (this.stopped.signal.aborted) return
      const nowMs = this.parts.now()
      const queued = this.parts.shelf.queued()
      const next = queued.find(({ hash, doc }) => (this.later.get(`${hash} ${doc}`) ?? 0) <= nowMs)
      if (!next) {
        this.phase = 'idle'
        if (queued.length === 0) this.permitted = false
        else this.again(ATTACHMENT_WAIT_DOC_MS)
        return
      }
      if (!this.parts.textIsOut()) {
        this.phase = 'text_first'
        return
      }
      if (!this.mayUse()) {
        this.phase = 'link'
        return
      }
      this.phase = 'sending'
      try {
        if (!(await this.send(next.hash, next.doc, next.entry.size))) return
        this.waitMs = RETRY_MS_MIN
      } catch (error) {
        if (this.stopped.signal.aborted) return
        if (!(await this.failed(error, next.hash, next.doc))) return
      } finally {
        this.sending.delete(next.hash)
        this.parts.tell([next.hash])
      }
    }
  }

  /** Sends one; `false` where text has to go first. */
  private async send(hash: string, doc: string, size: number): Promise<boolean> {
    const { shelf, transfer } = this.parts
    const stop = this.stopped.signal
    const bytes = await shelf.bytes(hash)
    if (bytes === null) {
      // Sent before, for another document, and freed since: there is nothing left to send.
      await shelf.mark([{ hash, doc, state: { refused: problem('attachment_gone') } }])
      return true
    }
    let { offset, complete } =
      size <= this.pieceBytes ? { offset: 0, complete: false } : await transfer.progress(hash, doc, stop)
    while (!complete) {
      if (!this.parts.textIsOut()) {
        this.phase = 'text_first'
        return false
      }
      this.sending.set(hash, Math.floor((offset / size) * 100))
      this.parts.tell([hash])
      const piece = bytes.slice(offset, offset + this.pieceBytes)
      const beganMs = this.parts.now()
      try {
        const progress = await transfer.put(hash, doc, { offset, size }, piece, stop)
        offset = progress.offset
        complete = progress.complete
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'upload_offset' || error.offset === null) throw error
        if (error.offset === offset) throw error
        offset = error.offset
      }
      this.adapt(this.parts.now() - beganMs)
    }
    await shelf.mark([{ hash, doc, state: 'sent' }])
    return true
  }

  /** Pieces as large as the line takes in a short time: a cut must not cost much. */
  private adapt(tookMs: number): void {
    if (tookMs < ATTACHMENT_PIECE_MS) this.pieceBytes = Math.min(this.pieceBytes * 2, ATTACHMENT_PIECE_BYTES_MAX)
    else if (tookMs > 3 * ATTACHMENT_PIECE_MS)
      this.pieceBytes = Math.max(Math.floor(this.pieceBytes / 2), ATTACHMENT_PIECE_BYTES_MIN)
  }

  /** Whether to go on with the next one. */
  private async failed(error: unknown, hash: string, doc: string): Promise<boolean> {
    const { shelf } = this.parts
    if (error instanceof Refused) {
      const { problem: said } = error.error
      const key = `${hash} ${doc}`
      const tries = (this.tries.get(key) ?? 0) + 1
      this.tries.set(key, tries)
      if (error.status === 413 || error.status === 415 || (error.code === 'upload_damaged' && tries >= 3)) {
        await shelf.mark([{ hash, doc, state: { refused: said } }])
        return true
      }
      if (error.code === 'upload_damaged') return true
      if (error.status === 404 || error.status === 409) {
        // The document has not been accepted yet, or waits for a review.
        this.later.set(key, this.parts.now() + ATTACHMENT_WAIT_DOC_MS * Math.min(tries, 30))
        return true
      }
      this.phase = 'pause'
      this.again(Math.max(said.retryAfterS * 1000, this.backOff()))
      return false
    }
    this.pieceBytes = ATTACHMENT_PIECE_BYTES_MIN
    this.phase = error instanceof ClientError && isOffline(error.problem) ? 'offline' : 'pause'
    this.again(this.backOff())
    return false
  }

  private backOff(): number {
    const wait = this.waitMs * (0.5 + 0.5 * this.parts.random())
    this.waitMs = Math.min(this.waitMs * 2, RETRY_MS_MAX)
    return wait
  }

  private again(afterMs: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (this.phase === 'pause' || this.phase === 'offline') this.phase = 'idle'
      this.nudge()
    }, afterMs)
  }

  // Fetching.

  /** Begins to fetch what is not held; says why it is not there yet. */
  fetch(of: { hash: string; doc: string; part: Part; type: AttachmentType }, now: boolean): AttachmentWait {
    const { hash } = of
    if (this.fetching.has(hash)) return 'loading'
    const missing = this.missing.get(hash)
    if (missing && missing.untilMs > this.parts.now()) return missing.why
    // Small pictures cost less than asking would.
    if (!now && of.part === 'whole' && !this.mayUse()) return 'link'
    const work = this.bring(of)
      .catch((error: unknown) => {
        const gone = error instanceof Refused && error.status === 404
        const untilMs = this.parts.now() + (gone ? ATTACHMENT_MISSING_AGAIN_MS : RETRY_MS_MIN)
        this.missing.set(hash, { untilMs, why: gone ? 'not_there' : 'offline' })
      })
      .finally(() => {
        this.fetching.delete(hash)
        if (!this.stopped.signal.aborted) this.parts.tell([hash])
      })
    this.fetching.set(hash, work)
    return 'loading'
  }

  private async bring(of: { hash: string; doc: string; part: Part; type: AttachmentType }): Promise<void> {
    const { hash, doc } = of
    // What came before a cut is not fetched again.
    const held = this.held.get(hash) ?? []
    this.held.set(hash, held)
    await this.parts.transfer.get(hash, doc, held, this.stopped.signal)
    this.held.delete(hash)
    const bytes = concat(...held)
    if (toBase64Url(await sha256(bytes)) !== hash) throw new ClientError(problem('bad_answer') satisfies Problem)
    await this.parts.shelf.cache(hash, of.part, of.type, bytes)
  }
}
