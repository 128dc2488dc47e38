/**
 * Reading a QR code from a picture: with the phone's own reader where the browser has one, else with a small decoder
 * that comes with the app and is loaded only then. Pictures are looked at here and go nowhere.
 */

interface Detector {
  detect(image: ImageBitmapSource): Promise<{ rawValue: string }[]>
}

type Reader = (image: HTMLVideoElement | ImageBitmap) => Promise<string | null>

/** Longer side to which pictures are brought down: enough for a code that fills a third of the picture. */
const SIDE_MAX_PX = 1_000

async function ownReader(): Promise<Reader | null> {
  const Found = (
    window as unknown as {
      BarcodeDetector?: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }
    }
  ).BarcodeDetector
  if (!Found) return null
  try {
    // Phones without Google's services have the name but no formats behind it.
    if (!(await Found.getSupportedFormats()).includes('qr_code')) return null
    const detector = new Found({ formats: ['qr_code'] })
    return async (image) => (await detector.detect(image))[0]?.rawValue ?? null
  } catch {
    return null
  }
}

async function bundledReader(): Promise<Reader> {
  const { default: decode } = await import('jsqr')
  const canvas = document.createElement('canvas')
  const drawing = canvas.getContext('2d', { willReadFrequently: true })
  return async (image) => {
    const [width, height] =
      image instanceof HTMLVideoElement ? [image.videoWidth, image.videoHeight] : [image.width, image.height]
    if (!drawing || width === 0 || height === 0) return null
    const scale = Math.min(1, SIDE_MAX_PX / Math.max(width, height))
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    drawing.drawImage(image, 0, 0, canvas.width, canvas.height)
    const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height)
    return decode(pixels.data, pixels.width, pixels.height)?.data ?? null
  }
}

/** A reader for pictures and the camera. */
export async function qrReader(): Promise<Reader> {
  return (await ownReader()) ?? (await bundledReader())
}

/** What the code in a picked picture says; `null` where none is found. */
export async function readPicture(file: Blob): Promise<string | null> {
  const image = await createImageBitmap(file)
  try {
    const found = await (await qrReader())(image)
    // The phone's own reader misses some that the bundled one finds, and the other way round.
    return found ?? (await (await bundledReader())(image))
  } finally {
    image.close()
  }
}
