/** The app on a phone, as a hand uses it: by what is written on buttons and beside boxes. */
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { kill, launch } from '../harness/chromium.ts'
import { approve, invite } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'

/** A screen that has not come by then does not come. */
const PATIENCE_MS = 30_000

export class App {
  readonly errors: string[] = []

  private constructor(
    readonly profile: string,
    readonly url: string,
    public context: BrowserContext,
    public page: Page,
  ) {}

  static async open(profile: string, url: string): Promise<App> {
    const context = await launch(profile)
    const page = context.pages()[0] ?? (await context.newPage())
    const app = new App(profile, url, context, page)
    app.listen()
    await page.goto(url)
    return app
  }

  /** Asks to be let in by invitation, is approved, and loads the village. */
  async enrol(server: QiaoServer, person: string): Promise<void> {
    await this.ask(server, person)
    await this.letIn(server)
    await this.at('/households')
    await this.page.getByRole('listitem').first().waitFor({ timeout: PATIENCE_MS })
  }

  /** Asks to be let in by invitation. */
  async ask(server: QiaoServer, person: string): Promise<void> {
    await this.page.getByLabel('邀请码').fill(await invite(server, person))
    await this.tap('开始登记')
    await this.text('等待管理员批准').waitFor({ timeout: PATIENCE_MS })
  }

  /** The administrator approves, and everything is loaded. */
  async letIn(server: QiaoServer): Promise<void> {
    const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
    await approve(server, String(pending?.['device_id']))
    await this.page.locator('.q-status[data-phase="complete"]').waitFor({ timeout: PATIENCE_MS })
  }

  async at(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`)
  }

  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first()
  }

  async sees(words: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.text(words).waitFor({ timeout: patienceMs })
  }

  async seesNo(words: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.text(words).waitFor({ state: 'detached', timeout: patienceMs })
  }

  /** Presses the button or follows the link of this name. */
  async tap(name: string | RegExp): Promise<void> {
    const exact = typeof name === 'string'
    const button = this.page.getByRole('button', { name, exact })
    await button.or(this.page.getByRole('link', { name, exact })).first().click({ timeout: PATIENCE_MS })
  }

  /** Chooses one of several chips. */
  async choose(name: string): Promise<void> {
    await this.page.getByRole('radio', { name, exact: true }).first().check({ force: true, timeout: PATIENCE_MS })
  }

  async fill(label: string | RegExp, text: string): Promise<void> {
    await this.page.getByLabel(label).first().fill(text, { timeout: PATIENCE_MS })
  }

  /** Opens a household by searching for it. */
  async openHousehold(search: string, name: string): Promise<void> {
    await this.at('/households')
    await this.page.getByRole('searchbox').fill(search)
    await this.page.getByRole('link').filter({ hasText: name }).first().click({ timeout: PATIENCE_MS })
    await this.page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: PATIENCE_MS })
  }

  /** Asks for the server now and waits until nothing is unsent. */
  async sync(): Promise<void> {
    await this.at('/me/link')
    await this.tap('现在同步')
    await this.page.locator('.q-status[data-phase="complete"]:not(:has(.q-status-badge))').waitFor({ timeout: PATIENCE_MS })
  }

  /** Ends the browser at once, as a phone without power does, and opens it again at a path. */
  async killAndReopen(path: string): Promise<void> {
    await kill(this.context, this.profile)
    this.context = await launch(this.profile)
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    this.listen()
    await this.at(path)
  }

  async close(): Promise<void> {
    await this.context.close()
  }

  private listen(): void {
    this.page.on('pageerror', (error) => this.errors.push(error.message))
    this.page.on('console', (message) => {
      // A line that is cut is said by the browser as an error; it is what these stories are about.
      if (message.type() === 'error' && !message.text().includes('Failed to load resource') && !message.text().includes('WebSocket'))
        this.errors.push(message.text())
    })
  }
}
