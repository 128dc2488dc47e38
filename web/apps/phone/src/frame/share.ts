/** Handing a text on: with the phone's own share sheet, else by the clipboard. */

/** How it went; `stopped` where the person changed their mind. */
export type Shared = 'shared' | 'copied' | 'stopped' | 'failed'

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

export async function shareText(title: string, text: string): Promise<Shared> {
  if (navigator.share) {
    try {
      await navigator.share({ title, text })
      return 'shared'
    } catch (error) {
      if ((error as DOMException | null)?.name === 'AbortError') return 'stopped'
    }
  }
  return (await copyText(text)) ? 'copied' : 'failed'
}
