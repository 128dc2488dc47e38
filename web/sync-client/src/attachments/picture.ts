/**
 * Pictures made small: drawn anew, so that what a camera adds (position, device, time) stays behind.
 *
 * Runs in the worker. Knows nothing of storing and sending.
 */
import type { Bytes } from '../bytes'
import {
  ATTACHMENT_SIZE_BYTES_MAX,
  PHOTO_PX_MAX,
  PHOTO_SIZE_BYTES,
  THUMB_PX_MAX,
  THUMB_SIZE_BYTES_MAX,
} from '../limits'
import { fail } from '../problem'
import type { AttachmentType, AttachmentUse } from './refs'

export interface Picture {
  type: AttachmentType
  bytes: Bytes
}

/** What is kept of a file that somebody picked. */
export interface Pictures {
  whole: Picture
  thumb: Picture | null
}

export type Reduce = (blob: Blob, use: AttachmentUse) => Promise<Pictures>

/** Tried in turn until a photo is small enough; the last is taken as it is. */
const QUALITIES = [0.78, 0.66, 0.54, 0.42]

export const reduce: Reduce = async (blob, use) => {
  const head = new Uint8Array(await blob.slice(0, 5).arrayBuffer())
  if (String.fromCharCode(...head) === '%PDF-') {
    if (blob.size > ATTACHMENT_SIZE_BYTES_MAX) throw fail('attachment_too_large')
    return { whole: { type: 'pdf', bytes: new Uint8Array(await blob.arrayBuffer()) }, thumb: null }
  }
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' })
  } catch {
    throw fail('attachment_type')
  }
  try {
    const whole = await smaller(bitmap, PHOTO_PX_MAX, use === 'signature' ? [0.9] : QUALITIES, PHOTO_SIZE_BYTES)
    const thumb = await smaller(bitmap, THUMB_PX_MAX, [0.6, 0.4, 0.2], THUMB_SIZE_BYTES_MAX)
    if (whole.bytes.length > ATTACHMENT_SIZE_BYTES_MAX) throw fail('attachment_too_large')
    return { whole, thumb: thumb.bytes.length <= THUMB_SIZE_BYTES_MAX ? thumb : null }
  } finally {
    bitmap.close()
  }
}

async function smaller(bitmap: ImageBitmap, edgeMax: number, qualities: number[], bytesMax: number): Promise<Picture> {
  const scale = Math.min(1, edgeMax / Math.max(bitmap.width, bitmap.height))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  )
  const context = canvas.getContext('2d')
  if (!context) throw fail('attachment_type')
  // What is see-through would be black in a JPEG.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  let made = await encode(canvas, qualities[0] ?? 0.7)
  for (const quality of qualities.slice(1)) {
    if (made.bytes.length <= bytesMax) break
    made = await encode(canvas, quality)
  }
  return made
}

/** WebP, or JPEG where the browser cannot write it. */
async function encode(canvas: OffscreenCanvas, quality: number): Promise<Picture> {
  let blob = await canvas.convertToBlob({ type: 'image/webp', quality })
  if (blob.type !== 'image/webp') blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
  const type = blob.type === 'image/webp' ? 'webp' : 'jpeg'
  return { type, bytes: new Uint8Array(await blob.arrayBuffer()) }
}
