/**
 * Back closes the sheet before it leaves the page.
 *
 * Each open sheet is an entry of the browser's history. Going back takes the topmost one away and the router never
 * hears of it; a sheet that is closed by its own button takes its entry along. A navigation first waits until no entry
 * of a sheet is left, so that "back" on the new page leads to the page before.
 */
import { onScopeDispose, watch, type Ref } from 'vue'
import type { Router } from 'vue-router'

const MARK = 'qiaoSheet'

interface Sheet {
  close: () => void
}

const stack: Sheet[] = []
/** Entries taken away by us, whose event is still to come. */
let own = 0
let settled: (() => void)[] = []

function heardBack(event: PopStateEvent): void {
  if (own > 0) {
    event.stopImmediatePropagation()
    own -= 1
    if (own === 0) {
      const waiting = settled
      settled = []
      for (const resolve of waiting) resolve()
    }
    return
  }
  const top = stack.pop()
  if (!top) return
  event.stopImmediatePropagation()
  top.close()
}

/** To be called before the router is made: its listener must come after ours. */
export function installSheets(): void {
  // A reload leaves the mark on an entry whose sheet is gone.
  if (history.state?.[MARK]) history.replaceState({ ...history.state, [MARK]: undefined }, '')
  window.addEventListener('popstate', heardBack)
}

/** Makes navigations wait for sheets to be closed. */
export function guardSheets(router: Router): void {
  router.beforeEach(async () => {
    while (stack.length > 0) {
      const top = stack.pop()
      top?.close()
      takeBack()
    }
    if (own > 0) await new Promise<void>((resolve) => settled.push(resolve))
  })
}

function takeBack(): void {
  own += 1
  history.back()
}

/** Ties a sheet's visibility to the back button. */
export function useSheet(open: Ref<boolean>): void {
  let mine: Sheet | null = null
  const forget = (): void => {
    const at = mine ? stack.indexOf(mine) : -1
    mine = null
    if (at < 0) return
    stack.splice(at, 1)
    takeBack()
  }
  watch(
    open,
    (now) => {
      if (now && !mine) {
        mine = {
          close: () => {
            mine = null
            open.value = false
          },
        }
        stack.push(mine)
        history.pushState({ ...history.state, [MARK]: true }, '')
      } else if (!now) {
        forget()
      }
    },
    { immediate: true },
  )
  onScopeDispose(forget)
}
