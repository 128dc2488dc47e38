/**
 * Invitation codes: eight letters of an alphabet without vowels and look-alikes, written in two halves.
 *
 * Owns how they are typed, shown and found in a link. Whether one is good only the server can say.
 */

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
export const CODE_CHARS = 8

/** What was typed, as the letters of a code: capitals, nothing else, at most eight. */
export function codeLetters(typed: string): string {
  return [...typed.toUpperCase()]
    .filter((c) => LETTERS.includes(c))
    .join('')
    .slice(0, CODE_CHARS)
}

/** Characters typed that no code contains, such as vowels and digits; separators are forgiven. */
export function strayCharacters(typed: string): string {
  return [...new Set(typed.toUpperCase())].filter((c) => !LETTERS.includes(c) && !/[\s-]/.test(c)).join('')
}

/** `KTRM-WXBD`. */
export function showCode(code: string): string {
  return code.length > 4 ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}

/** The code in what a QR code or a pasted message says: a link with the code behind `#`, or the code alone. */
export function codeIn(text: string): string | null {
  const behind =
    /#([A-Za-z]{4}[- ]?[A-Za-z]{4})\b/.exec(text)?.[1] ?? /^\s*([A-Za-z]{4}[- ]?[A-Za-z]{4})\s*$/.exec(text)?.[1]
  if (!behind) return null
  const code = codeLetters(behind)
  return code.length === CODE_CHARS && strayCharacters(behind) === '' ? code : null
}

/**
 * Takes the code out of the address of this page. It disappears from there at once: an address is kept in histories
 * and shown to whoever looks at the screen.
 */
export function takeCodeFromAddress(): string | null {
  const code = codeIn(location.hash)
  if (location.hash) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}

/** Make and model of this phone, as far as the browser tells; the administrator sees it beside the check words. */
export async function phoneModel(): Promise<string> {
  const agent = navigator as Navigator & {
    userAgentData?: { getHighEntropyValues(hints: string[]): Promise<{ model?: string; platform?: string }> }
  }
  try {
    const said = await agent.userAgentData?.getHighEntropyValues(['model', 'platform'])
    if (said?.model) return said.model
    if (said?.platform) return said.platform
  } catch {
    // Fall through to what every browser says.
  }
  return /;\s*([^;)]+?)\s*(?:Build\/|\))/.exec(navigator.userAgent)?.[1]?.slice(0, 60) ?? 'browser'
}
