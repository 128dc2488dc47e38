/**
 * Tells the engine's stories in WebAssembly: `node run.mjs FOLDER`, the folder of the bound module. Every exported
 * function is a story; one that throws has failed, and the module is made anew for the next.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = resolve(process.argv[2] ?? '.')
const fixtures = fileURLToPath(new URL('../../tests/fixtures/wire/', import.meta.url))
globalThis.fixture = (name) => readFileSync(join(fixtures, `${name}.hex`), 'utf8')
const module = await import(pathToFileURL(join(folder, 'qiao.js')).href)
module.initSync({ module: readFileSync(join(folder, 'qiao_bg.wasm')) })
const { default: _load, initSync: _initSync, __wbg_reset_state: makeAnew, ...stories } = module

let passed = 0
const failed = []
for (const [name, story] of Object.entries(stories)) {
  try {
    story()
    passed += 1
  } catch (error) {
    failed.push(name)
    process.stderr.write(`FAIL wasm ${name}: ${error}\n`)
    makeAnew()
  }
}
process.stdout.write(`wasm: ${passed} passed, ${failed.length} failed\n`)
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0
