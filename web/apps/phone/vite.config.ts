import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/**
 * Oldest Chromium the app is built for. 98 (February 2022) is the first with everything the device relies on: WASM
 * reference types (96), structured clones of errors between threads (98), Web Locks, strict IndexedDB durability,
 * non-extractable keys kept in IndexedDB. Older ones are told so by `public/supported.js`, which a test keeps in step.
 */
export const CHROMIUM_MIN = 98

const here = fileURLToPath(new URL('.', import.meta.url))
const { version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8')) as { version: string }

export default defineConfig({
  root: here,
  define: { __APP_VERSION__: JSON.stringify(version), __CHROMIUM_MIN__: CHROMIUM_MIN },
  build: {
    target: `chrome${CHROMIUM_MIN}`,
    // Inlined assets would need `data:` in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // Few files: on a slow line each request costs more than what it saves.
        manualChunks(id) {
          if (id.includes('/locales/en/')) return 'english'
          if (id.includes('/node_modules/') && !id.includes('/jsqr/')) return 'vendor'
          if (id.includes('/web/ui/')) return 'shared'
          if (id.includes('/apps/phone/src/records/')) return 'records'
          if (id.includes('/apps/phone/src/pages/')) return 'pages'
          return undefined
        },
      },
    },
  },
  worker: { format: 'es' },
  plugins: [
    vue(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      // Registered by hand (src/frame/update.ts): when a new version starts is the device's decision.
      injectRegister: null,
      registerType: 'prompt',
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,wasm,svg,webmanifest}', 'icon-192.png'],
        // The reader of QR codes is for enrolling, which needs the network anyway.
        globIgnores: ['**/jsQR-*.js'],
        maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
        target: `chrome${CHROMIUM_MIN}`,
      },
      manifest: {
        id: '/',
        name: '桥 Qiao · 驻村帮扶',
        short_name: '桥 Qiao',
        description: '驻村工作队的户档、走访与诉求，离线可用。',
        lang: 'zh-CN',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        orientation: 'portrait',
        background_color: '#f6f3ec',
        theme_color: '#f6f3ec',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
        shortcuts: [{ name: '新走访', url: '/visit/new', icons: [{ src: '/icon-192.png', sizes: '192x192' }] }],
      },
    }),
  ],
})
