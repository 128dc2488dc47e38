/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/client" />

/** Version of the app, from its package. */
declare const __APP_VERSION__: string
/** Oldest Chromium the build supports. */
declare const __CHROMIUM_MIN__: number
