/**
 * Which stores of records lie in this browser, and which of them must stay.
 *
 * An office's computer is shared: what one person's desk held is destroyed when they sign out, and at the latest when
 * the next page of the desks opens. Only what has not been sent yet is waited for: the store of somebody whose session
 * ended over unsent work stays, encrypted, until they sign in again.
 */
/** Stores of desks are named after their person; the phone's app has names of its own. */
export const STORES = 'qiao-desk.'
const UNSENT_UNDER = 'qiao.desk.unsent'

export function storeOf(person: string): string {
  return STORES + person
}

/** Stores with work that has not been sent. */
export function unsentStores(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(UNSENT_UNDER) ?? '[]')
    return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Remembers whether a store has unsent work. */
export function noteUnsent(store: string, some: boolean): void {
  const others = unsentStores().filter((one) => one !== store)
  if (!some && others.length === unsentStores().length) return
  try {
    localStorage.setItem(UNSENT_UNDER, JSON.stringify(some ? [...others, store] : others))
  } catch {
    // A browser that forbids it keeps no sign-in over a closed window either.
  }
}

/** Destroys what nobody here needs any more; `person` is who is signed in. */
export async function tidyStores(person: string | null): Promise<void> {
  const keep = unsentStores()
  if (person !== null) keep.push(storeOf(person))
  // Administrators' pages load no more of it than this.
  const { destroyStores } = await import('@qiao/sync-client')
  await destroyStores(STORES, keep)
}
