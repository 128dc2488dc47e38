/** The worker: makes a member of this window and hands its calls over. Nothing else runs in here. */
import { expose } from 'comlink'
import type { ClientEvent } from '../api'
import { loadEngine } from '../engine/wasm'
import { Member } from '../tabs/member'
import type { Answer } from '../tabs/messages'
import { Host, type PageHint } from './host'

export interface WorkerOptions {
  /** Address of the server, ending in a slash. */
  base: string
  /** Name of the database; other names are other devices. */
  name: string
  appVersion: string
}

let member: Member | null = null

const remote = {
  begin(options: WorkerOptions, tell: (event: ClientEvent) => void): void {
    const { base, name, appVersion } = options
    member ??= new Member({
      name,
      locks: navigator.locks,
      channel: new BroadcastChannel(name),
      make: (tell, fenced) =>
        new Host({ database: name, base, appVersion, load: loadEngine, now: Date.now, tell, fenced }),
      tell,
    })
  },
  call(method: string, args: unknown[]): Promise<Answer> | Answer {
    return member?.call(method, args) ?? { problem: { code: 'broken', zh: '', en: '', retryAfterS: 0 } }
  },
  hint(hint: PageHint): void {
    member?.hint(hint)
  },
  async end(): Promise<void> {
    await member?.end()
  },
}

export type Remote = typeof remote

expose(remote)
