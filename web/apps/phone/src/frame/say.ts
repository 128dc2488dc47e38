/** Short messages at the foot of the screen, one at a time, with an undo where there is one. */
import { shallowReadonly, shallowRef } from 'vue'

/** A message shown for a few seconds. */
export interface Said {
  text: string
  /** Takes back what was said to be done. */
  undo?: () => void
}

const SHOWN_MS = 3_000
/** Long enough to notice, read and reach the button with the thumb. */
const SHOWN_UNDO_MS = 7_000

const said = shallowRef<Said | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

/** Shows `text`; a message with an undo stays longer. */
export function say(text: string, undo?: () => void): void {
  said.value = undo ? { text, undo } : { text }
  clearTimeout(timer)
  timer = setTimeout(hush, undo ? SHOWN_UNDO_MS : SHOWN_MS)
}

/** Puts the message away. */
export function hush(): void {
  said.value = null
}

export function useSaid() {
  return shallowReadonly(said)
}
