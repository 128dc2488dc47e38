/**
 * The server's administration interface, typed from its own description.
 *
 * `schema.d.ts` is written from `server/openapi.json`; a test fails when the two differ. Knows no screen: how a person
 * proves who they are comes in through {@link Doors}.
 */
import createClient, { type Client, type FetchResponse } from 'openapi-fetch'
import { guardedFetch, type Doors } from './fetch'
import { problemOf } from './problem'
import type { components, paths } from './schema'

export { BACKGROUND, type Doors } from './fetch'
export { ApiProblem, asProblem, type FieldProblem } from './problem'

/** Shapes of requests and answers by their names in the description. */
export type Schemas = components['schemas']

/** The typed client. */
export type Api = Client<paths>

/** A client of the server these pages come from. */
export function createApi(doors: Doors, baseUrl: string = location.origin): Api {
  return createClient<paths>({ baseUrl, fetch: guardedFetch(doors) })
}

/** The answer's content, or the refusal as an {@link ApiProblem}. */
export async function ask<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(error, response.status, response.headers)
  return data as NonNullable<FetchResponse<T, O, M>['data']>
}

/** Rows of a paged list, and where it goes on. */
export interface Page<T> {
  items: T[]
  next?: string | null
}

/** All rows of a list, page after page, up to `rowsMax`; `more` says that the bound cut it off. */
export async function all<T>(
  page: (after: string | undefined) => Promise<Page<T>>,
  rowsMax = 20_000,
): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = []
  let after: string | undefined
  for (;;) {
    const { items: some, next } = await page(after)
    items.push(...some)
    if (!next) return { items, more: false }
    if (items.length >= rowsMax || some.length === 0) return { items, more: true }
    after = next
  }
}
