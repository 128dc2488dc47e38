/** Printing one dialog instead of the page behind it: `html` carries `data-print="dialog"` while the sheet is printed. */
import { onBeforeUnmount, onMounted } from 'vue'

export function usePrinting(): { print: () => void } {
  const root = document.documentElement
  onMounted(() => root.setAttribute('data-print', 'dialog'))
  onBeforeUnmount(() => root.removeAttribute('data-print'))
  return { print: () => window.print() }
}
