/** The size of text chosen in the app, in per cent, on top of what the browser and the phone are set to. */
import { ref } from 'vue'

export const TEXT_SIZES = [100, 125, 150, 200] as const
const KEPT_UNDER = 'qiao.text'

function kept(): number {
  try {
    const size = Number(localStorage.getItem(KEPT_UNDER))
    return (TEXT_SIZES as readonly number[]).includes(size) ? size : 100
  } catch {
    return 100
  }
}

export const textSize = ref(kept())

export function setTextSize(size: number): void {
  textSize.value = size
  applyTextSize()
  try {
    localStorage.setItem(KEPT_UNDER, String(size))
  } catch {
    // Holds until the page is closed.
  }
}

/** Puts the size on the page. */
export function applyTextSize(): void {
  document.documentElement.dataset.text = String(textSize.value)
}
