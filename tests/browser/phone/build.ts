/** Builds the phone's app as it ships, again only when something it is made of has changed. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT, workFolder } from '../harness/paths.ts'

/** The headers the app is served with: nothing foreign, no eval, Trusted Types. */
export const APP_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self' data:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types qiao-worker qiao-service-worker vue',
  ].join('; '),
}

/** What the app is made of, below `web/`. */
const SOURCES = ['apps/phone', 'ui', 'sync-client', 'wasm-pkg', 'package-lock.json']
const NOT_SOURCES = new Set(['node_modules', 'dist'])

/** The folder of the built app. `QIAO_PHONE_APP` names one that is built already. */
export async function buildApp(): Promise<string> {
  const given = process.env['QIAO_PHONE_APP']
  if (given) return given
  const outDir = workFolder('phone-app')
  const page = join(outDir, 'index.html')
  const changedMs = Math.max(...SOURCES.map((source) => newestMs(join(ROOT, 'web', source))))
  if (!existsSync(page) || statSync(page).mtimeMs < changedMs) {
    const root = join(ROOT, 'web/apps/phone')
    // The runner of tests calls itself a test, and an app built for one has no service worker.
    const { NODE_ENV } = process.env
    process.env['NODE_ENV'] = 'production'
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir, emptyOutDir: true } })
    process.env['NODE_ENV'] = NODE_ENV
  }
  return outDir
}

/** When the newest file of a folder, or the file, was last written. */
function newestMs(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const names = readdirSync(path).filter((name) => !NOT_SOURCES.has(name))
  return Math.max(0, ...names.map((name) => newestMs(join(path, name))))
}
