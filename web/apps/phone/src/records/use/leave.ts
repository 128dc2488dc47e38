/** Leaving a form: to the page before, or to where it belongs when it was opened by its address. */
import { useRouter, type RouteLocationRaw } from 'vue-router'

export function useLeave(): (home: RouteLocationRaw) => Promise<void> {
  const router = useRouter()
  return async (home) => {
    if (window.history.state?.back) router.back()
    else await router.replace(home)
  }
}
