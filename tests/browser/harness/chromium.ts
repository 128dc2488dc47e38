/** Chromium on a profile of its own, offline to everything but the loopback. */
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from './paths.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
]

/** A browser with a profile folder that survives it. Sized like a small phone. */
export function launch(profile: string, options: { locale?: string } = {}): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ARGS,
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: options.locale ?? 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    chromiumSandbox: false,
  })
}

/** Ends the browser process at once, as Android does: nothing gets to finish. */
export async function kill(context: BrowserContext): Promise<void> {
  const browser = context.browser()
  const page = context.pages()[0]
  if (page) {
    const session = await context.newCDPSession(page)
    // The browser ends while answering: whatever it says is of no interest.
    void session.send('Browser.crash' as 'Browser.close').catch(() => undefined)
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  await context.close().catch(() => undefined)
  await browser?.close().catch(() => undefined)
}

/** Slows the page so many times. Workers keep their speed: the browser throttles main threads only. */
export async function throttle(page: Page, times: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: times })
}

/** What the profile's origin may store, in bytes. */
export async function limitStorage(page: Page, quotaBytes: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: quotaBytes })
}
