/** A notice as a picture of one A4 page, for the printer of the village or a group chat. Nothing but the notice is on it. */
import type { Notice } from './notice'

/** A4 at 150 dots an inch. */
const WIDTH = 1240
const HEIGHT = 1754
const MARGIN = 140
const FONT = '"Noto Serif CJK SC", "Songti SC", SimSun, "Noto Sans CJK SC", "WenQuanYi Zen Hei", serif'

/** Cuts a text into lines no wider than `width`, as `measure` says. Chinese breaks anywhere. Pure. */
export function linesOf(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (const letter of text) {
    // What closes a sentence stays with it.
    if (line && measure(line + letter) > width && !'，。、；：！？）'.includes(letter)) {
      lines.push(line)
      line = ''
    }
    line += letter
  }
  return line ? [...lines, line] : lines
}

function penOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ink = canvas.getContext('2d')
  if (!ink) throw new Error('this browser draws no pictures')
  return ink
}

export async function drawPoster(notice: Notice): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const ink = penOf(canvas)
  ink.fillStyle = '#fff'
  ink.fillRect(0, 0, WIDTH, HEIGHT)
  ink.fillStyle = '#000'
  ink.textBaseline = 'top'
  const inside = WIDTH - 2 * MARGIN
  const measure = (text: string): number => ink.measureText(text).width
  let y = MARGIN

  function block(text: string, size: number, x: number, width: number, after: number): void {
    ink.font = `${size}px ${FONT}`
    for (const line of linesOf(text, width, measure)) {
      ink.fillText(line, x, y)
      y += size * 1.7
    }
    y += after
  }

  ink.textAlign = 'center'
  ink.font = `bold 60px ${FONT}`
  for (const line of linesOf(notice.title, inside, measure)) {
    ink.fillText(line, WIDTH / 2, y)
    y += 96
  }
  ink.textAlign = 'left'
  y += 40
  const [first = '', ...rest] = notice.paragraphs
  block(`　　${first}`, 36, MARGIN, inside, 24)
  for (const { label, text } of notice.rows) {
    const top = y
    ink.font = `36px ${FONT}`
    ink.fillText(label, MARGIN + 24, top + 14)
    y = top + 14
    block(text, 36, MARGIN + 300, inside - 324, 4)
    ink.strokeStyle = '#000'
    ink.strokeRect(MARGIN, top, inside, y - top)
    ink.strokeRect(MARGIN, top, 280, y - top)
  }
  y += 40
  for (const paragraph of rest) block(`　　${paragraph}`, 36, MARGIN, inside, 12)
  ink.textAlign = 'right'
  ink.font = `36px ${FONT}`
  y += 60
  for (const line of notice.signed) {
    ink.fillText(line, WIDTH - MARGIN, y)
    y += 62
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))), 'image/png'),
  )
}

/** Saves something as a file of this name. */
export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The download has begun by then; the memory is let go.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
