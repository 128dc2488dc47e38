/**
 * Where everything is. Records have routes of their own (`records/routes.ts`) under these names, which the shell counts
 * on: `households`, `household` (param `id`), `visit-new` (query `household`, may be absent), `needs`, `need` (param
 * `id`), `conflicts`, `returned`.
 *
 * `meta.tab` marks a root that shows the tab bar; `meta.stages` the stages in which a page may be shown where that is
 * not only once the device is let in.
 */
import type { RouteRecordRaw } from 'vue-router'
import { recordRoutes } from './records/routes'

declare module 'vue-router' {
  interface RouteMeta {
    /** Which tab is lit, and that the bar is shown. */
    tab?: 'today' | 'households' | 'needs' | 'village' | 'me'
    /** Also usable before being let in, or while what is held stays hidden: nothing of others is on it. */
    capture?: boolean
  }
}

export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/today' },
  { path: '/today', name: 'today', component: () => import('./pages/TodayPage.vue'), meta: { tab: 'today' } },
  ...recordRoutes,
]
