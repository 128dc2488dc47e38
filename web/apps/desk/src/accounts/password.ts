/** A password to hand over on paper: four groups without letters that look alike, about 92 random bits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

export function newPassword(
  random: (count: number) => Uint8Array = (count) => crypto.getRandomValues(new Uint8Array(count)),
): string {
  let text = ''
  while (text.length < 19) {
    for (const byte of random(32)) {
      // Bytes above the last whole multiple would favour the first letters.
      if (byte >= 256 - (256 % ALPHABET.length)) continue
      text += ALPHABET[byte % ALPHABET.length]
      if (text.length % 5 === 4) text += '-'
      if (text.length >= 19) break
    }
  }
  return text.slice(0, 19)
}
