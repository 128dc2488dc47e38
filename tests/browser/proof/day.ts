/** A day at the desks: a village whose phone never stops, the water bureau's board and the township's overview. */
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { type Account, Office } from '../desk/office.ts'
import { approve, invite } from '../harness/scene.ts'
import { NativeDevice } from '../harness/server.ts'
import { DeviceSession } from './session.ts'

const VILLAGE = '530101001'
export const UNIT = 'u-water'

export class Day {
  private readonly sessions: DeviceSession[] = []
  private constructor(
    readonly office: Office,
    readonly phone: DeviceSession,
    private readonly gate: Server,
    private readonly folder: string,
    private readonly accounts: Record<'chen' | 'sun', Account>,
  ) {}

  /** Begins it with so many households, each with a need that waits for the bureau. */
  static async begin(folder: string, needs: number): Promise<Day> {
    const office = await Office.open(folder, { serve: () => Promise.resolve(['--trusted-proxies', '127.0.0.1']) })
    const gate = await manyAddresses(office.server.port)
    await office.person('p-li', '李敏', 'team', '--places', VILLAGE)
    await office.person('p-chen', '陈工', 'unit', '--unit', UNIT)
    await office.person('p-sun', '孙丽', 'township', '--places', '530101')
    const device = await office.phone('p-li')
    const edits: object[] = []
    for (let no = 1; no <= needs; no++) {
      const householder = `沈清华${no}`
      const members = [{ name: householder, relation: '户主' }]
      edits.push({ new: 'household', village: VILLAGE, id: `h${no}`, value: { householder, group: 1, members } }, need(no, 1))
    }
    await device.apply(edits)
    await device.sync()
    const phone = await DeviceSession.live(device.home)
    const accounts = {
      chen: await office.account('chen', '陈工', 'p-chen'),
      sun: await office.account('sun', '孙丽', 'p-sun'),
    }
    return new Day(office, phone, gate, folder, accounts)
  }

  /** Opens a desk at the board or at the overview, live. */
  async desk(login: 'chen' | 'sun', path: string): Promise<Page> {
    const page = await this.office.desk()
    await this.office.signIn(page, this.accounts[login], path)
    await page.getByText(/实时，/).waitFor({ timeout: 60_000 })
    return page
  }

  /** So many more devices that read what the bureau's desks read, each connected live in a process of its own. */
  async more(count: number): Promise<void> {
    for (let no = 1; no <= count; no++) {
      const person = `p-more${no}`
      await this.office.person(person, `陈工${no}`, 'unit', '--unit', UNIT)
      const device = new NativeDevice(join(this.folder, person))
      const code = await invite(this.office.server, person)
      const address = this.gate.address()
      const server = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
      const enrolled = await device.run(['enrol', '--server', server, '--invite', code])
      await approve(this.office.server, String(enrolled['device']))
      await device.sync()
      this.sessions.push(await DeviceSession.live(device.home))
    }
  }

  async end(): Promise<void> {
    await Promise.all([this.phone, ...this.sessions].map((session) => session.end()))
    this.gate.closeAllConnections()
    this.gate.close()
    await this.office.close()
  }
}

/** A need that the bureau has before it. */
export function need(household: number, no: number, title = `水管第${no}处`): object {
  const value = { title, category: '水利', urgency: 'normal', state: 'assigned', unit: UNIT, raised_on: '2026-11-20' }
  return { new: 'need', household: `h${household}`, id: `h${household}.n${no}`, value }
}

/** Passes on what comes, each connection from an address of its own: the server lets one address do only so much. */
async function manyAddresses(port: number): Promise<Server> {
  let number = 0
  const server = createServer((ask, reply) => {
    number += 1
    const headers = { ...ask.headers, 'x-forwarded-for': `10.0.${number >> 8}.${number & 255}` }
    const on = request({ host: '127.0.0.1', port, method: ask.method, path: ask.url, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(reply)
    })
    on.on('error', () => ask.socket.destroy())
    ask.pipe(on)
  })
  server.on('upgrade', (ask, socket) => {
    const on = request({ host: '127.0.0.1', port, method: ask.method, path: ask.url, headers: ask.headers })
    on.on('upgrade', (answer, upstream) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      upstream.pipe(socket)
      socket.pipe(upstream)
      for (const [one, other] of [[upstream, socket], [socket, upstream]] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    })
    on.on('error', () => socket.destroy())
    on.on('response', () => socket.destroy())
    on.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
