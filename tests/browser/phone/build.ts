/** Builds the phone's app as it ships, once a run. */
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

let built: Promise<string> | null = null

/** The folder of the built app. `QIAO_PHONE_APP` names one that is built already. */
export function buildApp(): Promise<string> {
  const given = process.env['QIAO_PHONE_APP']
  if (given) return Promise.resolve(given)
  built ??= (async () => {
    const outDir = workFolder('phone-app')
    const root = join(ROOT, 'web/apps/phone')
    await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir, emptyOutDir: true } })
    return outDir
  })()
  return built
}
