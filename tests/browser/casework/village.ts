/** A village with a committee, a team, two township cadres and a clerk: what phones do casework in. */
import { join } from 'node:path'
import { Front } from '../harness/front.ts'
import { households, nativeDevice, village, VILLAGE } from '../harness/scene.ts'
import type { NativeDevice, QiaoServer } from '../harness/server.ts'
import { App } from '../phone/app.ts'
import { APP_HEADERS, buildApp } from '../phone/build.ts'

/** Where a case stands, as a device of the command line tells it. */
export interface Standing {
  state: string
  steps: { event: string; person: string; why: string | null; claimed_in_time: boolean }[]
  next: { event: string; missing: { zh: string }[] }[]
}

export class Village {
  private readonly apps: App[] = []

  private constructor(
    readonly folder: string,
    readonly server: QiaoServer,
    readonly front: Front,
    /** A clerk of the township, at a desk of the command line. */
    readonly town: NativeDevice,
  ) {}

  static async open(folder: string): Promise<Village> {
    const server = await village(folder, ['wang', 'li', 'town'])
    for (const [id, role] of [
      ['cun', 'committee'],
      ['yang', 'village_cadre'],
      ['he', 'village_cadre'],
    ] as const)
      await server.operate('admin', 'person', 'add', '--id', id, '--name', id, '--role', role, '--places', VILLAGE)
    const front = await Front.start(await buildApp(), () => server.port, APP_HEADERS)
    const li = await nativeDevice(server, folder, 'li')
    await li.apply(households(6))
    await li.sync()
    return new Village(folder, server, front, await nativeDevice(server, folder, 'town'))
  }

  /** The phone of a person, let in and loaded. */
  async phone(person: string): Promise<App> {
    const app = await App.open(join(this.folder, person), this.front.url)
    this.apps.push(app)
    await app.enrol(this.server, person)
    return app
  }

  /** No phone has a line. */
  away(): void {
    this.front.line = 'cut'
    this.front.cut()
  }

  back(): void {
    this.front.line = 'open'
  }

  /** The clerk writes events of a case, on top of all there is. */
  async clerk(doc: string, ...events: object[]): Promise<void> {
    await this.town.sync()
    const ops = events.map((event) => ({ op: 'add', path: ['events'], value: { role: 'township', ...event } }))
    for (const op of ops) await this.town.apply([{ doc, ops: [op] }])
    await this.town.sync()
  }

  async standing(doc: string): Promise<Standing> {
    await this.town.sync()
    return ((await this.town.run(['get', doc])) as { standing: Standing }).standing
  }

  get errors(): string[] {
    return this.apps.flatMap((app) => app.errors)
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close()
    await this.front.stop()
    await this.server.stop()
  }
}

/** The case whose page is open. */
export function caseOf(app: App): string {
  return decodeURIComponent(new URL(app.page.url()).pathname.replace(/^\/work\//, ''))
}
