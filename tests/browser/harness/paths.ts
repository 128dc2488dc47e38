/** Where things are in the repository, and a folder of its own for each run. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The binary under test: `QIAO_BIN`, or the debug build. */
export const QIAO = process.env['QIAO_BIN'] ?? join(ROOT, 'target/debug/qiao')
/** The browser: `CHROMIUM_BIN`, or Debian's. */
export const CHROMIUM = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium'

/** Build output kept between runs. */
export function workFolder(name: string): string {
  const folder = join(ROOT, 'tests/browser/.work', name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A fresh folder, and how to remove it. */
export function freshFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'qiao-browser-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}
