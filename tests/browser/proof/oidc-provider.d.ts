/** What the tests use of `oidc-provider`; it ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Answer = { login: { accountId: string } } | { error: string; error_description: string }

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export interface Context {
    oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } }
  }

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    readonly Grant: new (of: { clientId: string; accountId: string }) => Grant
    callback(): (ask: IncomingMessage, reply: ServerResponse) => void
    interactionFinished(ask: IncomingMessage, reply: ServerResponse, answer: Answer, how: { mergeWithLastSubmission: boolean }): Promise<void>
  }
}
