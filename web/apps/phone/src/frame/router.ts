/** Navigation: the routes, sheets before pages, and each root of the tab bar found where it was left. */
import { createRouter, createWebHistory, type Router } from 'vue-router'
import { routes } from '../routes'
import { guardSheets, installSheets } from './sheets'

export function makeRouter(): Router {
  installSheets()
  /** How far down each root was when it was left. */
  const left = new Map<unknown, number>()
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior(to, from, saved) {
      if (saved) return saved
      // Touching the lit tab again goes up.
      if (to.meta.tab && to.name !== from.name) return { top: left.get(to.name) ?? 0 }
      return { top: 0 }
    },
  })
  router.beforeEach((_, from) => {
    if (from.meta.tab) left.set(from.name, window.scrollY)
  })
  guardSheets(router)
  return router
}
