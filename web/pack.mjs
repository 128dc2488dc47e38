/**
 * Packs the built apps into the folder that the server embeds (`server/assets`): the phone's app at its root, every
 * other app under its name, each file with its compressed copies where they are smaller.
 *
 * A file that is there already is left alone, so that a build that changed nothing changes no time of a file and the
 * server is not built anew.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const web = dirname(fileURLToPath(import.meta.url))
const packed = join(web, '../server/assets')
/** The app at the root of the site. */
const ROOT_APP = 'phone'
/** Compressed already. */
const AS_THEY_ARE = /\.(png|woff2)$/
/** The largest first visit: app and engine, before any data. */
const FIRST_VISIT_BYTES_MAX = 900_000
/** Fetched by a tap of its own and not kept: the reader of QR codes, where a phone has none. */
const BY_A_TAP = /^assets\/jsQR-/

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

function copies(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  return { '.br': brotliCompressSync(bytes, { params }), '.gz': gzipSync(bytes, { level: 9 }) }
}

const kept = new Set(['.gitignore'])
const sizes = new Map()
for (const app of readdirSync(join(web, 'apps'))) {
  const dist = join(web, 'apps', app, 'dist')
  if (!existsSync(join(dist, 'index.html'))) continue
  for (const name of files(dist)) {
    const bytes = readFileSync(join(dist, name))
    const to = app === ROOT_APP ? name : join(app, name)
    const target = join(packed, to)
    const known = existsSync(target) && readFileSync(target).equals(bytes)
    if (!known) {
      mkdirSync(dirname(target), { recursive: true })
      for (const ending of ['.br', '.gz']) rmSync(target + ending, { force: true })
      if (!AS_THEY_ARE.test(name)) {
        for (const [ending, copy] of Object.entries(copies(bytes))) {
          if (copy.length < bytes.length) writeFileSync(target + ending, copy)
        }
      }
      // Last: a file that is there has its copies.
      writeFileSync(target, bytes)
    }
    let travels = bytes.length
    for (const ending of ['', '.br', '.gz']) {
      if (!existsSync(target + ending)) continue
      kept.add(to + ending)
      travels = Math.min(travels, readFileSync(target + ending).length)
    }
    if (!BY_A_TAP.test(to)) sizes.set(app, (sizes.get(app) ?? 0) + travels)
  }
}
for (const name of files(packed)) {
  if (!kept.has(name)) rmSync(join(packed, name))
}
for (const [app, size] of sizes) process.stdout.write(`web: ${app} ${Math.round(size / 1000)} kB compressed\n`)
const first = sizes.get(ROOT_APP) ?? 0
if (first > FIRST_VISIT_BYTES_MAX) {
  process.stderr.write(`web: a first visit takes ${first} bytes, more than ${FIRST_VISIT_BYTES_MAX}\n`)
  process.exitCode = 1
}
