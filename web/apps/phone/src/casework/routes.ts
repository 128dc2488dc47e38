/** Screens of casework: applications, cases, plans, notices, attendance. */
import './casework.css'
import type { RouteRecordRaw } from 'vue-router'

export const caseworkRoutes: RouteRecordRaw[] = [
  { path: '/work', name: 'work', component: () => import('./WorkPage.vue') },
  { path: '/work/apply', name: 'apply', component: () => import('./ApplyPage.vue') },
  { path: '/work/lead', name: 'lead', component: () => import('./LeadPage.vue') },
  { path: '/work/attendance', name: 'attendance', component: () => import('./AttendancePage.vue') },
  { path: '/work/notices/:id', name: 'posted-notice', component: () => import('./NoticePage.vue'), props: true },
  { path: '/work/plans/new', name: 'plan-new', component: () => import('./NewPlanPage.vue') },
  { path: '/work/plans/:id', name: 'plan', component: () => import('./PlanPage.vue'), props: true },
  {
    path: '/work/plans/:id/:container(measures|results)',
    name: 'plan-entry',
    component: () => import('./PlanEntryPage.vue'),
    props: true,
  },
  { path: '/work/:id', name: 'case', component: () => import('./CasePage.vue'), props: true },
  { path: '/work/:id/:sort', name: 'case-event', component: () => import('./EventPage.vue'), props: true },
]
