/**
 * Photos, signatures and scans, as screens ask for them: made and kept here, sent and fetched beside everything else.
 *
 * Puts shelf, transfer and queue together. What a document names is bound to it when the edit that names it has been
 * stored; a device that died in between finds it again among what it has not sent.
 */
import type { AttachmentState, AttachmentWait, DocId, Edit, EditOp, UploadsState } from '../api'
import { type Bytes, toBase64Url } from '../bytes'
import type { Store } from '../store/store'
import { OWN, read, write } from '../worker/records'
import { reduce, type Reduce } from './picture'
import { Queue, type Link } from './queue'
import { type AttachmentRef, type AttachmentType, type AttachmentUse, filesIn } from './refs'
import { Shelf } from './shelf'
import { sha256, Transfer, type TransferParts } from './transfer'

export interface AttachmentParts extends TransferParts {
  store: Store
  random: () => number
  textIsOut: () => boolean
  /** Changes that have not been answered, with what they write. */
  pending: () => { doc: DocId; ops: EditOp[] }[]
  connection: () => string | null
  storageLow: () => boolean
  tell: (hashes: string[]) => void
  reduce?: Reduce
}

const MEDIA: Record<AttachmentType, string> = {
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  png: 'image/png',
  pdf: 'application/pdf',
}

export class Attachments {
  private constructor(
    private readonly parts: AttachmentParts,
    private readonly shelf: Shelf,
    private readonly queue: Queue,
  ) {}

  static async open(parts: AttachmentParts): Promise<Attachments> {
    const shelf = await Shelf.open(parts.store, parts.now)
    const link = read<Link>(await parts.store.own(OWN.uploadLink)) ?? 'any'
    const { now, random, textIsOut, connection, tell } = parts
    const queue = new Queue({ shelf, transfer: new Transfer(parts), now, random, textIsOut, connection, link, tell })
    const attachments = new Attachments(parts, shelf, queue)
    const loose = new Set(shelf.unbound())
    if (loose.size > 0) {
      for (const { doc, ops } of parts.pending()) await attachments.bindRefs(doc, filesOf({ ops }), loose)
    }
    return attachments
  }

  stop(): Promise<void> {
    return this.queue.stop()
  }

  /** Text has moved, or the status has: perhaps there is something to do. */
  nudge(): void {
    this.queue.nudge()
  }

  /** The phone has a line again. */
  hint(): void {
    this.queue.hint()
  }

  async attach(blob: Blob, use: AttachmentUse): Promise<AttachmentRef> {
    const { whole, thumb } = await (this.parts.reduce ?? reduce)(blob, use)
    const hash = await nameOf(whole.bytes)
    const thumbHash = thumb ? await nameOf(thumb.bytes) : null
    // A picture that is small already is its own small picture.
    const both = thumb && thumbHash && thumbHash !== hash
    await this.shelf.make([
      { hash, part: 'whole', ...whole },
      ...(both ? [{ hash: thumbHash, part: 'thumb' as const, ...thumb }] : []),
    ])
    return { hash, type: whole.type, size: whole.bytes.length, thumb: thumbHash, use }
  }

  async drop(ref: AttachmentRef): Promise<void> {
    await this.shelf.drop([ref.hash, ...(ref.thumb ? [ref.thumb] : [])])
  }

  /** Edits have been stored: what they name goes out after them. */
  async bind(edits: readonly Edit[], docs: readonly DocId[]): Promise<void> {
    for (const [index, edit] of edits.entries()) {
      const doc = docs[index]
      if (doc !== undefined) await this.bindRefs(doc, filesOf(edit), null)
    }
    this.queue.nudge()
  }

  private async bindRefs(doc: DocId, refs: AttachmentRef[], only: Set<string> | null): Promise<void> {
    const hashes = refs.flatMap((ref) => (ref.thumb && ref.thumb !== ref.hash ? [ref.hash, ref.thumb] : [ref.hash]))
    const fresh = hashes.filter((hash) => {
      const entry = this.shelf.get(hash)
      return entry?.own && entry.docs[doc] === undefined && (only === null || only.has(hash))
    })
    if (fresh.length === 0) return
    await this.shelf.mark(fresh.map((hash) => ({ hash, doc, state: 'queued' })))
    this.parts.tell(fresh)
  }

  async attachment(
    doc: DocId,
    ref: AttachmentRef,
    part: 'thumb' | 'whole',
    { now = false }: { now?: boolean } = {},
  ): Promise<{ blob: Blob } | { waiting: AttachmentWait }> {
    const hash = part === 'thumb' ? ref.thumb : ref.hash
    if (hash === null) return { waiting: 'not_there' }
    // Of a picture that is its own small picture there is one.
    const what = hash === ref.hash ? 'whole' : 'thumb'
    const type = what === 'whole' ? ref.type : ref.type === 'jpeg' ? 'jpeg' : 'webp'
    const bytes = await this.shelf.bytes(hash)
    if (bytes) return { blob: new Blob([bytes], { type: MEDIA[this.shelf.get(hash)?.type ?? type] }) }
    return { waiting: this.queue.fetch({ hash, doc, part: what, type }, now) }
  }

  states(refs: readonly AttachmentRef[]): Record<string, AttachmentState> {
    return Object.fromEntries(refs.map((ref) => [ref.hash, this.stateOf(ref)]))
  }

  private stateOf(ref: AttachmentRef): AttachmentState {
    const entry = this.shelf.get(ref.hash)
    if (!entry?.own) return { at: 'server' }
    const states = Object.values(entry.docs)
    const percent = this.queue.percent(ref.hash)
    if (percent !== null) return { at: 'sending', percent }
    for (const state of states) if (typeof state === 'object') return { at: 'refused', problem: state.refused }
    return states.length > 0 && states.every((state) => state === 'sent') ? { at: 'server' } : { at: 'phone' }
  }

  uploads(): UploadsState {
    const queued = this.shelf.queued()
    const bytes = queued.reduce((sum, { entry }) => sum + entry.size, 0)
    const { phase, link } = this.queue
    return { waiting: queued.length, bytes, phase: queued.length === 0 ? 'idle' : phase, link }
  }

  async setLink(link: Link): Promise<void> {
    await this.parts.store.apply({ own: new Map([[OWN.uploadLink, write(link)]]) })
    this.queue.setLink(link)
  }

  permit(): void {
    this.queue.permit()
  }

  /** Frees what is on the server where the phone is nearly full. */
  async trim(): Promise<void> {
    if (this.parts.storageLow()) await this.shelf.trim(0)
  }
}

/** What an edit names: in its value, or in the fields its operations write. */
function filesOf(edit: Edit | { ops: EditOp[] }): AttachmentRef[] {
  if (!('ops' in edit)) return filesIn(edit.value)
  return edit.ops.flatMap((op) => (op.op === 'delete' ? [] : filesIn(op.value, op.path.at(-1))))
}

async function nameOf(bytes: Bytes): Promise<string> {
  return toBase64Url(await sha256(bytes))
}
