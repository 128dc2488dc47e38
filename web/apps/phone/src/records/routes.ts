/** Screens of records: households, visits, needs, conflicts, returned edits. */
import './records.css'
import type { RouteRecordRaw } from 'vue-router'

export const recordRoutes: RouteRecordRaw[] = [
  {
    path: '/households',
    name: 'households',
    component: () => import('./households/HouseholdsPage.vue'),
    meta: { tab: 'households' },
  },
  {
    path: '/households/new',
    name: 'household-new',
    component: () => import('./households/NewHouseholdPage.vue'),
    meta: { capture: true },
  },
  { path: '/households/:id', name: 'household', component: () => import('./household/HouseholdPage.vue'), props: true },
  {
    path: '/households/:id/edit',
    name: 'household-edit',
    component: () => import('./household/EditHouseholdPage.vue'),
    props: true,
  },
  {
    path: '/households/:id/guarantees',
    name: 'guarantees-edit',
    component: () => import('./household/EditGuaranteesPage.vue'),
    props: true,
  },
  {
    path: '/households/:id/members/:entry',
    name: 'member-edit',
    component: () => import('./household/EditMemberPage.vue'),
    props: true,
  },
  {
    path: '/households/:id/income/:entry',
    name: 'income-edit',
    component: () => import('./household/EditIncomePage.vue'),
    props: true,
  },
  {
    path: '/households/:id/assistance/:entry',
    name: 'assistance-edit',
    component: () => import('./household/EditAssistancePage.vue'),
    props: true,
  },
  { path: '/visit/new', name: 'visit-new', component: () => import('./visit/VisitPage.vue'), meta: { capture: true } },
  { path: '/needs', name: 'needs', component: () => import('./needs/NeedsPage.vue'), meta: { tab: 'needs' } },
  { path: '/needs/new', name: 'need-new', component: () => import('./needs/NewNeedPage.vue'), meta: { capture: true } },
  { path: '/needs/:id', name: 'need', component: () => import('./needs/NeedPage.vue'), props: true },
  { path: '/needs/:id/edit', name: 'need-edit', component: () => import('./needs/EditNeedPage.vue'), props: true },
  { path: '/conflicts', name: 'conflicts', component: () => import('./settle/ConflictsPage.vue') },
  { path: '/returned', name: 'returned', component: () => import('./settle/ReturnedPage.vue') },
]
