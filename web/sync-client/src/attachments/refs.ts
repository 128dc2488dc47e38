/**
 * How a field `files` names attachments: a line each, among lines that are words (PROTOCOL.md, section 19).
 */

export type AttachmentType = 'webp' | 'jpeg' | 'png' | 'pdf'
export type AttachmentUse = 'photo' | 'signature' | 'document'

/** An attachment as a document names it. */
export interface AttachmentRef {
  /** SHA-256 of its bytes, base64url. */
  hash: string
  type: AttachmentType
  /** Bytes. */
  size: number
  /** The small picture of it, an attachment as well. */
  thumb: string | null
  use: AttachmentUse
}

/** Attachments one field names. */
export const ATTACHMENTS_PER_FIELD_MAX = 9

const LINE =
  /^@([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]) (webp|jpeg|png|pdf) ([1-9]\d{0,6}) ([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]|-) ([psd])$/
const LETTERS: Record<AttachmentUse, string> = { photo: 'p', signature: 's', document: 'd' }
const USES: Record<string, AttachmentUse> = { p: 'photo', s: 'signature', d: 'document' }

/** The attachments of a field, and its words. */
export function parseFiles(text: string): { refs: AttachmentRef[]; text: string } {
  const refs: AttachmentRef[] = []
  const words: string[] = []
  for (const line of text.split('\n')) {
    const found = LINE.exec(line)
    if (!found || refs.length >= ATTACHMENTS_PER_FIELD_MAX) {
      words.push(line)
      continue
    }
    const [, hash = '', type, size, thumb, letter = ''] = found
    refs.push({
      hash,
      type: type as AttachmentType,
      size: Number(size),
      thumb: thumb === '-' ? null : (thumb ?? null),
      use: USES[letter] ?? 'document',
    })
  }
  return { refs, text: words.join('\n').trim() }
}

/** The field that names these. */
export function formatFiles(refs: readonly AttachmentRef[], text = ''): string {
  const lines = refs.map((ref) => `@${ref.hash} ${ref.type} ${ref.size} ${ref.thumb ?? '-'} ${LETTERS[ref.use]}`)
  return [...(text.trim() === '' ? [] : [text.trim()]), ...lines].join('\n')
}

/** What a value that is written names, however deep its field lies. */
export function filesIn(value: unknown, key = ''): AttachmentRef[] {
  if (typeof value === 'string') return key === 'files' ? parseFiles(value).refs : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => filesIn(inner, name))
}
