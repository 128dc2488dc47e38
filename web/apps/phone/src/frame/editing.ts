/**
 * Whether anything is being typed anywhere. An update of the app waits for it.
 */
import { computed, onScopeDispose, ref, watch, type WatchSource } from 'vue'

const count = ref(0)

/** Something is being edited. */
export const editing = computed(() => count.value > 0)

/** Says that the calling screen is editing for as long as `dirty` holds. */
export function useEditing(dirty: WatchSource<boolean>): void {
  let counted = false
  const tell = (now: boolean): void => {
    if (now === counted) return
    counted = now
    count.value += now ? 1 : -1
  }
  watch(dirty, tell, { immediate: true })
  onScopeDispose(() => tell(false))
}
