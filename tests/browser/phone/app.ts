/** The app on a phone, as a hand uses it: by what is written on buttons and beside boxes. */
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { kill, launch, PATIENCE_MS } from '../harness/chromium.ts'
import { approve, invite } from '../harness/scene.ts'
import type { QiaoServer } from '../harness/server.ts'

/** How much of a screen is told when something on it does not come. */
const TOLD_CHARS_MAX = 1_500

export class App {
  readonly errors: string[] = []
  /** Under which number the server let it in. */
  device = ''

  private constructor(
    readonly profile: string,
    readonly url: string,
    public context: BrowserContext,
    public page: Page,
  ) {}

  static async open(profile: string, url: string, options: Parameters<typeof launch>[1] = {}): Promise<App> {
    const context = await launch(profile, options)
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
    await this.comes('a household', this.page.getByRole('listitem').first())
  }

  /** Asks to be let in by invitation. */
  async ask(server: QiaoServer, person: string): Promise<void> {
    await this.fill('邀请码', await invite(server, person))
    await this.tap('开始登记')
    await this.sees('等待管理员批准')
  }

  /** The administrator approves, and everything is loaded. */
  async letIn(server: QiaoServer): Promise<void> {
    const [pending] = await server.operate('admin', 'devices', '--status', 'pending', '--json')
    this.device = String(pending?.['device_id'])
    await approve(server, this.device)
    await this.comes('a complete sync', this.page.locator('.q-status[data-phase="complete"]'))
  }

  async at(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`)
  }

  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first()
  }

  async sees(words: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.comes(String(words), this.text(words), patienceMs)
  }

  async seesNo(words: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    await this.patiently(`the end of ${String(words)}`, this.text(words).waitFor({ state: 'detached', timeout: patienceMs }))
  }

  /** Waits until something is shown. */
  async comes(what: string, locator: Locator, patienceMs = PATIENCE_MS): Promise<void> {
    await this.patiently(what, locator.waitFor({ timeout: patienceMs }))
  }

  /** Presses the button or follows the link of this name. */
  async tap(name: string | RegExp): Promise<void> {
    const exact = typeof name === 'string'
    const button = this.page.getByRole('button', { name, exact })
    const link = this.page.getByRole('link', { name, exact })
    await this.patiently(`a touch of ${String(name)}`, button.or(link).first().click({ timeout: PATIENCE_MS }))
  }

  /** Presses the button of a form that writes it, and waits until it is on the phone and the form is left. */
  async save(name: string | RegExp = '保存'): Promise<void> {
    const form = new URL(this.page.url()).pathname
    await this.tap(name)
    await this.sees('已存在本机')
    // Going elsewhere while the form is being left would be undone by its way back.
    await this.patiently('the way out of the form', this.page.waitForURL((url) => url.pathname !== form, { timeout: PATIENCE_MS }))
  }

  /** Goes back to the page before. */
  async back(): Promise<void> {
    const page = this.page.url()
    await this.tap('返回')
    await this.patiently('the page before', this.page.waitForURL((url) => url.href !== page, { timeout: PATIENCE_MS }))
  }

  /** Chooses one of several chips. */
  async choose(name: string): Promise<void> {
    const chip = this.page.getByRole('radio', { name, exact: true }).first()
    await this.patiently(`a choice of ${name}`, chip.check({ force: true, timeout: PATIENCE_MS }))
  }

  async fill(label: string | RegExp, text: string): Promise<void> {
    await this.patiently(`a box ${String(label)}`, this.page.getByLabel(label).first().fill(text, { timeout: PATIENCE_MS }))
  }

  /** Opens a household by searching for it. */
  async openHousehold(search: string, name: string): Promise<void> {
    await this.at('/households')
    await this.page.getByRole('searchbox').fill(search)
    const row = this.page.getByRole('link').filter({ hasText: name }).first()
    await this.patiently(`a touch of ${name}`, row.click({ timeout: PATIENCE_MS }))
    await this.comes(`the file of ${name}`, this.page.getByRole('heading', { name, level: 1 }))
  }

  /** Asks for the server now and waits until nothing is unsent. */
  async sync(): Promise<void> {
    await this.at('/me/link')
    await this.tap('现在同步')
    await this.comes('a phone in step', this.page.locator('.q-status[data-phase="complete"]:not(:has(.q-status-badge))'))
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

  /** A wait that, when it is in vain, says what was on the screen instead. */
  private async patiently(what: string, wait: Promise<void>): Promise<void> {
    try {
      await wait
    } catch (error) {
      const shown = await this.page.evaluate(() => document.body.innerText).catch(() => '(no page)')
      const found = [`url: ${this.page.url()}`, `errors: ${this.errors.join('; ')}`, shown.slice(0, TOLD_CHARS_MAX)]
      throw new Error(`${what} did not come about\n${found.join('\n')}`, { cause: error })
    }
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
