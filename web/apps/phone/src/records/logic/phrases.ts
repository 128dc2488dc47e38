/** Putting a phrase into a text at the caret, with the stop a sentence before it needs. */

const ENDS = /[。，；！？、：,.;!?\s]$/

export function withPhrase(text: string, at: number, phrase: string): { text: string; caret: number } {
  const before = text.slice(0, at)
  const after = text.slice(at)
  const joint = before === '' || ENDS.test(before) ? '' : /[\u4e00-\u9fff]$/.test(before) ? '，' : ' '
  const caret = before.length + joint.length + phrase.length
  return { text: before + joint + phrase + after, caret }
}
