/**
 * The issuer of a single sign-on: `oidc-provider` with a page that asks who one is and believes the answer. It can be made
 * to answer another question than it was asked, as somebody between the browser and it could.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Provider, { type Context } from 'oidc-provider'

export class Issuer {
  /** Goes in place of what the browser was sent with. */
  instead: { nonce?: string; state?: string; code_challenge?: string } = {}
  readonly secret = randomBytes(32).toString('base64url')
  private provider: Provider | undefined
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** For a server whose pages are at `pages`. At an address that is another site than theirs. */
  static async start(pages: string): Promise<Issuer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const issuer = new Issuer(server, `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'k' }
    issuer.provider = new Provider(issuer.url, {
      clients: [
        {
          client_id: 'qiao',
          client_secret: issuer.secret,
          redirect_uris: [`${pages}/api/v1/session/single-sign-on/back`],
          grant_types: ['authorization_code'],
          response_types: ['code'],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/who/${uid}` },
      findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
      // Offices do not ask their own people whether they agree.
      loadExistingGrant: async ({ oidc }: Context) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
        grant.addOIDCScope('openid')
        await grant.save()
        return grant
      },
      ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
    })
    const answer = issuer.provider.callback()
    server.on('request', (ask: IncomingMessage, reply: ServerResponse) => {
      const url = new URL(ask.url ?? '/', issuer.url)
      if (url.pathname.startsWith('/who/')) return void issuer.who(ask, reply)
      if (url.pathname === '/auth') {
        for (const [name, value] of Object.entries(issuer.instead)) url.searchParams.set(name, value)
        ask.url = url.pathname + url.search
      }
      answer(ask, reply)
    })
    return issuer
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async who(ask: IncomingMessage, reply: ServerResponse): Promise<void> {
    if (ask.method === 'GET') {
      reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      reply.end(
        '<!doctype html><html lang="zh-CN"><title>县统一认证</title><form method="post"><label>工号 <input name="who"></label>' +
          '<button name="go" value="in">进入</button><button name="go" value="away">取消</button></form>',
      )
      return
    }
    let form = ''
    for await (const piece of ask) form += String(piece)
    const said = new URLSearchParams(form)
    const accountId = said.get('who') ?? ''
    const answer =
      said.get('go') === 'in' ? { login: { accountId } } : { error: 'access_denied', error_description: 'cancelled' }
    await this.provider?.interactionFinished(ask, reply, answer, { mergeWithLastSubmission: false })
  }
}
