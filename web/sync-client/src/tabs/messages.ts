/** What windows of one app say to each other, over one channel. */
import type { ClientEvent, Problem } from '../api'
import type { PageHint } from '../worker/host'

/** The answer to a call, in a form that crosses workers. */
export type Answer = { value: unknown } | { problem: Problem }

export type Message =
  /** A call for whoever leads. */
  | { to: 'leader'; from: string; call: string; method: string; args: unknown[] }
  /** The leader has it. */
  | { to: string; call: string; taken: true }
  | { to: string; call: string; answer: Answer }
  /** A window was touched, hidden, shown. */
  | { to: 'leader'; from: string; hint: PageHint }
  | { to: 'all'; event: ClientEvent }
  /** Somebody leads from here on: calls without an answer are asked again. */
  | { to: 'all'; leader: string }
