import type { Client, ClientEvent } from '../../../../web/sync-client/src/api'

declare global {
  interface Window {
    client: Promise<Client>
    events: ClientEvent[]
    openedMs: number
  }
}
