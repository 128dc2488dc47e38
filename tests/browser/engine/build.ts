/** Builds the page without screens, once a run. */
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT, workFolder } from '../harness/paths.ts'

/** The headers a page of the app is served with: nothing foreign, no eval, Trusted Types. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types qiao-worker",
}

let built: Promise<string> | null = null

export function buildPage(): Promise<string> {
  built ??= (async () => {
    const outDir = workFolder('engine-page')
    await build({
      root: join(ROOT, 'tests/browser/engine/page'),
      logLevel: 'warn',
      configFile: false,
      worker: { format: 'es' },
      build: { outDir, emptyOutDir: true, target: 'es2022', minify: false, modulePreload: { polyfill: false } },
    })
    return outDir
  })()
  return built
}
