/**
 * The words of a PDF that Chromium has printed, read back from the file itself: glyphs of the content by the tables the
 * file carries for copying text. Enough for one browser's files, and for nothing else.
 */
import { inflateSync } from 'node:zlib'

export function textOf(pdf: Buffer): string {
  const raw = pdf.toString('latin1')
  const objects = new Map<number, { head: string; stream: string }>()
  for (const found of raw.matchAll(/(?:^|\n)(\d+) 0 obj\s*([\s\S]*?)(?:endobj|stream\r?\n)/g)) {
    const [whole, no = '', head = ''] = found
    const length = /\/Length (\d+)/.exec(head)?.[1]
    const from = found.index + whole.length
    let stream = ''
    if (whole.endsWith('\n') && length) {
      const bytes = pdf.subarray(from, from + Number(length))
      stream = (head.includes('FlateDecode') ? inflateSync(bytes) : bytes).toString('latin1')
    }
    objects.set(Number(no), { head, stream })
  }
  const fonts = new Map<string, Map<string, string>>()
  for (const [, name = '', no] of raw.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(Number(no))?.head ?? '')?.[1]
    fonts.set(name, letters(objects.get(Number(table))?.stream ?? ''))
  }
  let text = ''
  for (const { stream } of objects.values()) {
    if (!/\bBT\b/.test(stream)) continue
    let font = new Map<string, string>()
    // What stands for a glyph in copied text is said beside it where the glyph has several letters.
    let told = false
    for (const [token, name, actual, glyphs] of stream.matchAll(TOKENS)) {
      if (name) font = fonts.get(name) ?? new Map()
      else if (actual) {
        text += letter(actual)
        told = true
      } else if (token === 'EMC') told = false
      else if (token === 'ET') text += '\n'
      else if (!told) for (const glyph of cut(glyphs ?? '', font)) text += font.get(glyph.toUpperCase()) ?? ''
    }
  }
  return text.normalize('NFKC')
}

const TOKENS = /\/(F\d+) [\d.-]+ Tf|\/ActualText <FEFF([0-9A-Fa-f]+)>|<([0-9A-Fa-f]+)>|\bEMC\b|\bET\b/g
const letter = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le')
const code = (no: number, digits: number): string => no.toString(16).toUpperCase().padStart(digits, '0')
/** Glyphs have one byte or two, as their font's table says. */
function cut(glyphs: string, font: Map<string, string>): string[] {
  const [first = '0000'] = font.keys()
  return glyphs.match(first.length === 2 ? /../g : /.{4}/g) ?? []
}

/** Letters by glyph. */
function letters(table: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, block = ''] of table.matchAll(/beginbfchar([\s\S]*?)endbfchar/g))
    for (const [, glyph = '', to = ''] of block.matchAll(/<(\w+)>\s*<(\w+)>/g)) found.set(glyph.toUpperCase(), letter(to))
  for (const [, block = ''] of table.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
    for (const [, from = '', until = '', to = ''] of block.matchAll(/<(\w+)>\s*<(\w+)>\s*<(\w+)>/g))
      for (let at = 0; at <= Number.parseInt(until, 16) - Number.parseInt(from, 16); at += 1)
        found.set(code(Number.parseInt(from, 16) + at, from.length), letter(code(Number.parseInt(to, 16) + at, 4)))
  return found
}
