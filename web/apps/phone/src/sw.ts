/**
 * The service worker: keeps one version of the app whole on the phone and answers every page from it.
 *
 * It never caches anything of the server's interface and never takes over on its own: a new version waits until the
 * page says that nothing is being edited and everything written is safe (`frame/update.ts`).
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | { url: string; revision: string | null })[] }

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()

// Pages of the server itself keep their own answers.
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), {
    denylist: [/^\/(api|sync|enrol)\//, /^\/(desk|metrics|healthz|readyz)(\/|$)/],
  }),
)

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting()
})
