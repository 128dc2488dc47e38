/** Pictures of attachments for a part that shows them: asked for once, again when something changes, let go with the part. */
import { onScopeDispose, reactive, watch } from 'vue'
import type { AttachmentRef, AttachmentState, AttachmentWait } from '@qiao/sync-client'
import type { AttachmentClient } from './client'

/** So long until what could not be had is asked for again; longer than the device rests in between. */
const LOOK_AGAIN_MS = 25_000

export interface Picture {
  /** Address of its bytes in this page; null where they are not held. */
  url: string | null
  wait: AttachmentWait | null
}

/** Pictures by the hash of their attachment, and how far each has come. */
export interface Pictures {
  of: Record<string, Picture>
  states: Record<string, AttachmentState>
  again(): void
}

export function usePictures(
  client: () => AttachmentClient | null,
  what: () => { doc: string; refs: readonly AttachmentRef[]; part: 'thumb' | 'whole'; now?: boolean },
): Pictures {
  const of = reactive<Record<string, Picture>>({})
  const states = reactive<Record<string, AttachmentState>>({})
  let gone = false
  let stop: (() => void) | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    clearTimeout(timer)
    const device = client()
    const { doc, refs, part, now } = what()
    if (!device || gone) return
    for (const hash of Object.keys(of)) if (!refs.some((ref) => ref.hash === hash)) release(hash)
    try {
      Object.assign(states, await device.attachmentStates([...refs]))
      for (const ref of refs) {
        if (of[ref.hash]?.url || (part === 'thumb' && ref.thumb === null)) continue
        const got = await device.attachment(doc, ref, part, { now: now === true })
        if (gone) return
        of[ref.hash] =
          'blob' in got ? { url: URL.createObjectURL(got.blob), wait: null } : { url: null, wait: got.waiting }
      }
      // Nobody tells when another phone has sent its files, or when there is a line again.
      if (refs.some((ref) => ['not_there', 'offline'].includes(of[ref.hash]?.wait ?? '')))
        timer = setTimeout(() => void load(), LOOK_AGAIN_MS)
    } catch {
      // Locked or closed meanwhile: the page that shows this goes as well, or asks again.
    }
  }

  function release(hash: string): void {
    const url = of[hash]?.url
    if (url) URL.revokeObjectURL(url)
    delete of[hash]
  }

  watch(
    () => [client(), what().doc, what().part, ...what().refs.map((ref) => ref.hash)],
    () => void load(),
    {
      immediate: true,
    },
  )
  watch(
    client,
    async (device) => {
      stop?.()
      stop = null
      const heard = await device?.listen((event) => {
        if (event.type !== 'attachments') return
        const mine = what().refs.some(
          (ref) => event.hashes.includes(ref.hash) || event.hashes.includes(ref.thumb ?? ''),
        )
        if (mine) void load()
      })
      if (gone) heard?.()
      else stop = heard ?? null
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    gone = true
    clearTimeout(timer)
    stop?.()
    for (const hash of Object.keys(of)) release(hash)
  })
  return { of, states, again: () => void load() }
}
