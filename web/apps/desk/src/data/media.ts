/** Whether a media query holds, followed as the window changes. */
import { onBeforeUnmount, readonly, ref, type DeepReadonly, type Ref } from 'vue'

export function useMedia(query: string): DeepReadonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const holds = ref(list.matches)
  const follow = (): void => void (holds.value = list.matches)
  list.addEventListener('change', follow)
  onBeforeUnmount(() => list.removeEventListener('change', follow))
  return readonly(holds)
}
