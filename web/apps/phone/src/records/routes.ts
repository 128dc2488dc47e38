import type { RouteRecordRaw } from 'vue-router'

/** Screens of records: households, visits, needs, conflicts, returned edits. */
export const recordRoutes: RouteRecordRaw[] = []
