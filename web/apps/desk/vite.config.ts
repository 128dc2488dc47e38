import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vite'

/** Oldest Chromium the desks are built for: 109 is the last that runs on Windows 7, which offices still have. */
const CHROMIUM_MIN = 109

/** The server `npm run dev` speaks to. */
const SERVER = process.env.QIAO_SERVER ?? 'http://localhost:8470'

const here = fileURLToPath(new URL('.', import.meta.url))
const { version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8')) as { version: string }

export default defineConfig({
  root: here,
  base: '/desk/',
  define: { __APP_VERSION__: JSON.stringify(version) },
  build: {
    target: `chrome${CHROMIUM_MIN}`,
    // Inlined assets would need `data:` in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Charts are one piece, loaded by the one page that has them.
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      output: {
        manualChunks(id) {
          // What every page needs, apart from what changes with every version of ours.
          if (/node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify|openapi-fetch)\//.test(id)) return 'vue'
          return undefined
        },
      },
    },
  },
  server: { port: 5174, proxy: { '/api': SERVER, '/healthz': SERVER, '/sync': { target: SERVER, ws: true } } },
  worker: { format: 'es' },
  plugins: [
    vue(),
    Components({
      dirs: [],
      // Without types: the table's rows are typed in the pages, which the generated declaration does not allow.
      dts: false,
      resolvers: [ElementPlusResolver({ importStyle: 'css', directives: false })],
    }),
  ],
})
