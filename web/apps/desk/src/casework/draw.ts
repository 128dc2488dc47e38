/** Drawing cases for a random check: so many of all, each with the same chance. Randomness is an argument. Pure. */

/** How many a share of `percent` asks for: never fewer. */
export function shareOf(all: number, percent: number): number {
  return Math.min(all, Math.ceil((all * percent) / 100))
}

/** `count` of `from`, in the order they were given. `below(n)` is a whole number from 0 up to n, n left out. */
export function drawSome<T>(from: readonly T[], count: number, below: (n: number) => number): T[] {
  const places = from.map((_, at) => at)
  for (let at = 0; at < Math.min(count, places.length); at += 1) {
    const other = at + below(places.length - at)
    ;[places[at], places[other]] = [places[other] as number, places[at] as number]
  }
  return places
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((at) => from[at] as T)
}

/** The browser's own randomness, without favouring small numbers. */
export function below(n: number): number {
  const bound = Math.floor(2 ** 32 / n) * n
  const word = new Uint32Array(1)
  do crypto.getRandomValues(word)
  while ((word[0] as number) >= bound)
  return (word[0] as number) % n
}
