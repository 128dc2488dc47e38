/**
 * Addresses of the desks and who may open them. The menu is made of the same list, so that nobody is shown a way into
 * something the server would refuse.
 */
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import { session, type Role } from './session/session'

/** Who an address is for. */
export type For =
  /** Whoever is signed in. */
  | 'everybody'
  /** Administrators, each within their area. */
  | 'administrator'
  /** Administrators of the whole deployment. */
  | 'everywhere'
  /** Townships and counties, over their area. */
  | 'area'
  /** Whoever has figures by month: units, townships, counties. */
  | 'figures'
  /** Whoever looks after needs at a desk: units and townships. */
  | 'office'
  /** Townships alone. */
  | 'township'

declare module 'vue-router' {
  interface RouteMeta {
    for: For
    /** Name of the page in the locale files, under `frame.pages`. */
    page: string
    /** Group of the menu it stands in; absent for what is reached from elsewhere. */
    menu?: 'work' | 'devices' | 'register' | 'control' | 'own'
  }
}

export const routes: RouteRecordRaw[] = [
  {
    path: '/',
    name: 'home',
    component: () => import('./frame/HomePage.vue'),
    meta: { for: 'everybody', page: 'home', menu: 'own' },
  },
  {
    path: '/overview/:place?',
    name: 'overview',
    component: () => import('./area/OverviewPage.vue'),
    meta: { for: 'area', page: 'overview', menu: 'work' },
  },
  {
    path: '/needs/:need?',
    name: 'needs',
    component: () => import('./needs/NeedsPage.vue'),
    meta: { for: 'office', page: 'needs', menu: 'work' },
  },
  {
    path: '/cases',
    name: 'casework',
    component: () => import('./casework/InboxPage.vue'),
    meta: { for: 'area', page: 'casework', menu: 'work' },
  },
  {
    path: '/cases/:id',
    name: 'case',
    component: () => import('./casework/CasePage.vue'),
    meta: { for: 'area', page: 'case' },
  },
  {
    path: '/cases/:id/notice',
    name: 'case-notice',
    component: () => import('./casework/NoticePage.vue'),
    meta: { for: 'township', page: 'notice' },
  },
  {
    path: '/cases/:id/statement',
    name: 'case-statement',
    component: () => import('./casework/StatementPage.vue'),
    meta: { for: 'area', page: 'statement' },
  },
  {
    path: '/notices/:notice?',
    name: 'notices',
    component: () => import('./casework/NoticesPage.vue'),
    meta: { for: 'area', page: 'notices', menu: 'work' },
  },
  {
    path: '/plans/:plan?',
    name: 'plans',
    component: () => import('./casework/PlansPage.vue'),
    meta: { for: 'figures', page: 'plans', menu: 'work' },
  },
  {
    path: '/attendance',
    name: 'attendance',
    component: () => import('./casework/AttendancePage.vue'),
    meta: { for: 'township', page: 'attendance', menu: 'work' },
  },
  {
    path: '/case-numbers/:place?',
    name: 'case-numbers',
    component: () => import('./casework/NumbersPage.vue'),
    meta: { for: 'area', page: 'caseNumbers', menu: 'work' },
  },
  {
    path: '/households',
    name: 'households',
    component: () => import('./area/HouseholdsPage.vue'),
    meta: { for: 'area', page: 'households', menu: 'work' },
  },
  {
    path: '/households/:id',
    name: 'household',
    component: () => import('./area/HouseholdPage.vue'),
    meta: { for: 'area', page: 'household' },
  },
  {
    path: '/activity',
    name: 'activity',
    component: () => import('./area/ActivityPage.vue'),
    meta: { for: 'figures', page: 'activity', menu: 'work' },
  },
  {
    path: '/enrolments',
    name: 'enrolments',
    component: () => import('./enrolments/EnrolmentsPage.vue'),
    meta: { for: 'administrator', page: 'enrolments', menu: 'devices' },
  },
  {
    path: '/invitations',
    name: 'invitations',
    component: () => import('./invitations/InvitationsPage.vue'),
    meta: { for: 'administrator', page: 'invitations', menu: 'devices' },
  },
  {
    path: '/devices/:device?',
    name: 'devices',
    component: () => import('./devices/DevicesPage.vue'),
    meta: { for: 'administrator', page: 'devices', menu: 'devices' },
  },
  {
    path: '/quarantine',
    name: 'quarantine',
    component: () => import('./quarantine/QuarantinePage.vue'),
    meta: { for: 'administrator', page: 'quarantine', menu: 'devices' },
  },
  {
    path: '/people/:person?',
    name: 'people',
    component: () => import('./people/PeoplePage.vue'),
    meta: { for: 'administrator', page: 'people', menu: 'register' },
  },
  {
    path: '/places/:place?',
    name: 'places',
    component: () => import('./places/PlacesPage.vue'),
    meta: { for: 'administrator', page: 'places', menu: 'register' },
  },
  {
    path: '/units/:unit?',
    name: 'units',
    component: () => import('./units/UnitsPage.vue'),
    meta: { for: 'administrator', page: 'units', menu: 'register' },
  },
  {
    path: '/accounts',
    name: 'accounts',
    component: () => import('./accounts/AccountsPage.vue'),
    meta: { for: 'everywhere', page: 'accounts', menu: 'control' },
  },
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./audit/AuditPage.vue'),
    meta: { for: 'everywhere', page: 'audit', menu: 'control' },
  },
  {
    path: '/sessions',
    name: 'sessions',
    component: () => import('./session/SessionsPage.vue'),
    meta: { for: 'everybody', page: 'sessions', menu: 'own' },
  },
  {
    path: '/:rest(.*)*',
    name: 'nowhere',
    component: () => import('./frame/NowherePage.vue'),
    meta: { for: 'everybody', page: 'nowhere' },
  },
]

/** Roles of the pages over records. */
const ROLES: Partial<Record<For, readonly Role[]>> = {
  area: ['township', 'county'],
  township: ['township'],
  figures: ['unit', 'township', 'county'],
  office: ['unit', 'township'],
}

/** What decides which pages somebody has. */
export interface Rights {
  administrator: boolean
  everywhere: boolean
  role: Role | null
}

/** Whether a page is for somebody with these rights. */
export function mayOpen(whom: For, rights: Rights): boolean {
  if (whom === 'everybody') return true
  if (whom in ROLES) return rights.role !== null && (ROLES[whom] ?? []).includes(rights.role)
  return whom === 'everywhere' ? rights.everywhere : rights.administrator
}

/** The rights of whoever is signed in. */
export function rights(): Rights {
  const { administrator, everywhere, me } = session
  return { administrator: administrator.value, everywhere: everywhere.value, role: me.value?.person.role ?? null }
}

export function makeRouter(): Router {
  return createRouter({ history: createWebHistory(import.meta.env.BASE_URL), routes })
}
