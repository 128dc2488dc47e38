/**
 * The one client of this page.
 *
 * Owns nothing but the reference; screens take it with {@link useClient}. What it answers is never cached here: lists
 * ask again when told (see `ask.ts`).
 */
import { connect, type Client } from '@qiao/sync-client'

let held: Client | undefined

/** Connects once; the worker behind it lives as long as the page. */
export async function connectClient(): Promise<Client> {
  held ??= await connect({ appVersion: __APP_VERSION__ })
  return held
}

/** The client. Screens are mounted only once it is connected. */
export function useClient(): Client {
  if (!held) throw new Error('screens are shown only once the device is connected')
  return held
}
