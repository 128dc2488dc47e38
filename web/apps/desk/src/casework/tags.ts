/** A name for a new document that another one is to mention in the same edit. */
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** In the form devices give names: five letters of chance, and a number that counts up. */
export function newTag(nowMs = Date.now()): string {
  const chance = crypto.getRandomValues(new Uint8Array(5))
  return [...chance].map((one) => LETTERS[one % LETTERS.length]).join('') + String(nowMs)
}
