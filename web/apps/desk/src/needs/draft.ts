/** What is half written about a need, kept in the desk's own store as it is typed and offered again when it is opened. */
import { onBeforeUnmount, ref, watch, type Ref } from 'vue'
import { device } from '../link/device'

/** A pause in typing this long is long enough to write. */
const PAUSE_MS = 350

export function useDraft(key: () => string): { text: Ref<string>; done: () => Promise<void> } {
  const text = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let of = ''

  async function write(name: string, value: string): Promise<void> {
    try {
      const client = await device()
      if (value.trim()) await client.saveDraft(name, value)
      else await client.dropDraft(name)
    } catch {
      // A draft is a convenience: what matters is sent with a button, and that says when it fails.
    }
  }
  function flush(): void {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    void write(of, text.value)
  }

  watch(
    key,
    async (next) => {
      flush()
      of = next
      text.value = ''
      const kept = await device()
        .then((client) => client.drafts())
        .catch(() => [])
      const found = kept.find((one) => one.key === next)
      // Somebody may have begun to type meanwhile.
      if (of === next && text.value === '' && typeof found?.value === 'string') text.value = found.value
    },
    { immediate: true },
  )
  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(flush, PAUSE_MS)
  })
  onBeforeUnmount(flush)

  return {
    text,
    async done() {
      clearTimeout(timer)
      timer = undefined
      text.value = ''
      await write(of, '')
    },
  }
}
