import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')

function colours(part: string): Record<string, string> {
  return Object.fromEntries([...part.matchAll(/--q-([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]))
}

function luminance(hex: string): number {
  const channel = (at: number): number => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

function contrast(a: string, b: string): number {
  const [hi = 0, lo = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (hi + 0.05) / (lo + 0.05)
}

/** Text on ground, as components pair them. */
const PAIRS: [string, string[]][] = [
  ['ink', ['paper', 'surface', 'sunken']],
  ['ink-2', ['paper', 'surface', 'sunken']],
  ['ink-3', ['paper', 'surface']],
  ['accent', ['paper', 'surface', 'accent-soft']],
  ['accent-deep', ['accent-soft']],
  ['accent-ink', ['accent']],
  ['warn', ['paper', 'surface', 'warn-soft']],
  ['danger', ['paper', 'surface', 'danger-soft']],
  ['info', ['paper', 'surface', 'info-soft']],
  ['grey', ['paper', 'surface', 'grey-soft']],
  ['ink', ['accent-soft', 'warn-soft', 'danger-soft', 'info-soft', 'grey-soft']],
]

describe.each([
  ['light', colours(light)],
  ['dark', { ...colours(light), ...colours(dark) }],
])('the %s theme', (_name, theme) => {
  it.each(PAIRS.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground])))(
    '%s can be read on %s',
    (text, ground) => {
      expect(contrast(theme[text ?? ''] ?? '', theme[ground ?? ''] ?? '')).toBeGreaterThanOrEqual(4.5)
    },
  )

  it('draws the edges of controls visibly', () => {
    expect(contrast(theme['line-strong'] ?? '', theme.surface ?? '')).toBeGreaterThanOrEqual(3)
  })
})
