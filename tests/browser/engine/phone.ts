/** A phone of a test: a browser profile with the client in it, driven by its calls. */
import type { BrowserContext, Page } from 'playwright-core'
import type { Client, ClientEvent, Stage, SyncState } from '../../../web/sync-client/src/api.ts'
import { kill, launch } from '../harness/chromium.ts'

type Calls = { [Name in keyof Client]: Client[Name] }

export class Phone {
  private constructor(
    readonly profile: string,
    readonly url: string,
    public context: BrowserContext,
    public page: Page,
    readonly errors: string[],
  ) {}

  static async open(profile: string, url: string): Promise<Phone> {
    const context = await launch(profile)
    const page = context.pages()[0] ?? (await context.newPage())
    const phone = new Phone(profile, url, context, page, [])
    phone.listen(page)
    await page.goto(url)
    return phone
  }

  /** Another window of the same browser. */
  async window(): Promise<Phone> {
    const page = await this.context.newPage()
    const other = new Phone(this.profile, this.url, this.context, page, this.errors)
    this.listen(page)
    await page.goto(this.url)
    return other
  }

  /** One call of the client; a failure becomes an error whose message begins with its code. */
  async call<Name extends keyof Calls>(name: Name, ...args: Parameters<Calls[Name]>): Promise<Awaited<ReturnType<Calls[Name]>>> {
    return (await this.page.evaluate(
      async ([name, args]) => {
        const client = (await window.client) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
        try {
          return await client[name as string]?.(...(args as unknown[]))
        } catch (error) {
          const { problem } = error as { problem?: { code: string; path?: string[] } }
          throw new Error(problem ? `${problem.code} ${problem.path?.join('/') ?? ''}` : String(error))
        }
      },
      [name, args] as [string, unknown[]],
    )) as Awaited<ReturnType<Calls[Name]>>
  }

  /** How long a call takes in the page, ms. */
  timed(name: keyof Calls, args: unknown[], times = 1): Promise<number[]> {
    return this.page.evaluate(
      async ([name, args, times]) => {
        const client = (await window.client) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
        const taken: number[] = []
        for (let time = 0; time < times; time++) {
          const began = performance.now()
          await client[name]?.(...args)
          taken.push(performance.now() - began)
        }
        return taken
      },
      [name, args, times] as [string, unknown[], number],
    )
  }

  events(): Promise<ClientEvent[]> {
    return this.page.evaluate(() => window.events)
  }

  async until<T>(what: string, look: () => Promise<T>, good: (value: T) => boolean, patienceMs = 30_000): Promise<T> {
    const began = Date.now()
    for (;;) {
      const value = await look()
      if (good(value)) return value
      if (Date.now() - began > patienceMs) throw new Error(`${what} did not come about: ${JSON.stringify(value)} ${this.errors.join('; ')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  stage(name: Stage['name'], patienceMs?: number): Promise<Stage> {
    return this.until(`stage ${name}`, () => this.call('stage'), (stage) => stage.name === name, patienceMs)
  }

  sync(what: string, good: (sync: SyncState) => boolean, patienceMs?: number): Promise<SyncState> {
    return this.until(what, () => this.call('sync'), good, patienceMs)
  }

  /** Everything sent, verdicts heard, nothing waiting. */
  settled(patienceMs?: number): Promise<SyncState> {
    return this.sync('a settled phone', (sync) => sync.phase === 'complete' && sync.unsent === 0 && sync.syncedMs > 0, patienceMs)
  }

  async reload(): Promise<void> {
    await this.page.reload()
  }

  /** Ends the browser at once and opens it again. */
  async killAndReopen(): Promise<void> {
    await kill(this.context, this.profile)
    this.context = await launch(this.profile)
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    this.listen(this.page)
    await this.page.goto(this.url)
  }

  async close(): Promise<void> {
    await this.context.close()
  }

  private listen(page: Page): void {
    page.on('pageerror', (error) => this.errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text())
    })
  }
}
