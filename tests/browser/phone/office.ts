/** The administrator at a desk, over the REST interface: moves people while their phones are away. */
import type { QiaoServer } from '../harness/server.ts'

export class Office {
  private constructor(
    private readonly server: QiaoServer,
    private readonly token: string,
  ) {}

  static async open(server: QiaoServer): Promise<Office> {
    const [account] = await server.operate('admin', 'create-account', '--login', 'office', '--name', 'office', '--no-totp', '--json')
    const password = String(account?.['password'])
    const session = await new Office(server, '').call('POST', '/api/v1/session', { login: 'office', password, want_token: true })
    const office = new Office(server, String(session['token']))
    await office.call('POST', '/api/v1/session/step-up', { password })
    return office
  }

  /** Changes a person; their devices follow. */
  async move(person: string, change: { role?: string; places?: string[] }): Promise<void> {
    await this.call('PATCH', `/api/v1/people/${person}`, change)
  }

  private async call(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (this.token) headers['authorization'] = `Bearer ${this.token}`
    const answer = await fetch(`${this.server.url}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  }
}
