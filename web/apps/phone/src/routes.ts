/**
 * Where everything is. Records have routes of their own (`records/routes.ts`) under these names, which the shell counts
 * on: `households`, `household` (param `id`), `visit-new` (query `household`, may be absent), `needs`, `need` (param
 * `id`), `conflicts`, `returned`; those of casework are in `casework/routes.ts`.
 *
 * `meta.tab` marks a root that shows the tab bar; `meta.capture` a page that may be used before the device is let in.
 */
import type { RouteRecordRaw } from 'vue-router'
import { caseworkRoutes } from './casework/routes'
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
  { path: '/', redirect: { name: 'today' } },
  { path: '/today', name: 'today', component: () => import('./pages/today/TodayPage.vue'), meta: { tab: 'today' } },
  ...recordRoutes,
  ...caseworkRoutes,
  {
    path: '/village',
    name: 'village',
    component: () => import('./pages/village/VillagePage.vue'),
    meta: { tab: 'village' },
  },
  {
    path: '/village/:village/edit',
    name: 'village-edit',
    component: () => import('./pages/village/EditVillagePage.vue'),
    props: true,
  },
  {
    path: '/village/:village/groups/:entry',
    name: 'group-edit',
    component: () => import('./pages/village/EditGroupPage.vue'),
    props: true,
  },
  {
    path: '/village/:village/notices/:key',
    name: 'notice',
    component: () => import('./pages/village/NoticePage.vue'),
    // `key` is a name Vue keeps for itself.
    props: ({ params }) => ({ village: params.village, noticeKey: params.key }),
  },
  { path: '/me', name: 'me', component: () => import('./pages/me/MePage.vue'), meta: { tab: 'me' } },
  { path: '/me/link', name: 'link', component: () => import('./pages/me/LinkPage.vue') },
  { path: '/me/lock', name: 'lock', component: () => import('./pages/me/LockPage.vue') },
  { path: '/me/check', name: 'field-check', component: () => import('./pages/me/FieldCheckPage.vue') },
  { path: '/me/about', name: 'about', component: () => import('./pages/me/AboutPage.vue') },
  { path: '/enrol', name: 'enrol', component: () => import('./pages/me/EnrolledPage.vue') },
  { path: '/:rest(.*)*', redirect: { name: 'today' } },
]
