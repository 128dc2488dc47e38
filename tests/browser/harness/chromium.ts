/** Chromium on a profile of its own, offline to everything but the loopback. */
import { readdirSync, readFileSync } from 'node:fs'
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

/** Ends the browser of a profile at once, as Android does: nothing gets to finish. */
export async function kill(context: BrowserContext, profile: string): Promise<void> {
  for (const pid of browserProcesses(profile)) process.kill(pid, 'SIGKILL')
  await context.close().catch(() => undefined)
}

/** The main processes of browsers on a profile. */
export function browserProcesses(profile: string): number[] {
  return processes().filter((pid) => {
    const args = commandLine(pid)
    return args.includes(`--user-data-dir=${profile}`) && !args.join(' ').includes('--type=')
  })
}

/** The processes that run pages of a profile, workers included: descendants of the browser's. */
export function rendererProcesses(profile: string): number[] {
  const found: number[] = []
  let family = browserProcesses(profile)
  while (family.length > 0) {
    family = processes().filter((pid) => family.includes(parentOf(pid)))
    // Forked processes rewrite their command line as one text.
    found.push(...family.filter((pid) => read(`/proc/${pid}/cmdline`).includes('--type=renderer')))
  }
  return found
}

/** Memory of the pages of a profile, workers included: what is resident, MiB. */
export function rendererMemoryMiB(profile: string): number {
  return rendererProcesses(profile).reduce((sum, pid) => {
    const found = /Pss:\s+(\d+) kB/.exec(read(`/proc/${pid}/smaps_rollup`))
    return sum + Number(found?.[1] ?? 0) / 1024
  }, 0)
}

/** Lets pages and workers of a profile run only one `times`-th of the time, as a slower processor would. Ends it. */
export function slowDown(profile: string, times: number): () => void {
  const slice = 4
  let ended = false
  const pids = () => rendererProcesses(profile)
  let stopped: number[] = []
  const signal = (list: number[], name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of list) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended.
      }
    }
  }
  let known = pids()
  let lookedMs = Date.now()
  const stop = () => {
    if (ended) return
    if (Date.now() - lookedMs > 100) {
      known = pids()
      lookedMs = Date.now()
    }
    stopped = known
    signal(stopped, 'SIGSTOP')
    setTimeout(go, slice * (times - 1))
  }
  const go = () => {
    signal(stopped, 'SIGCONT')
    setTimeout(stop, slice)
  }
  stop()
  return () => {
    ended = true
    signal(stopped, 'SIGCONT')
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended in between.
    return ''
  }
}

function commandLine(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0')
}

/** What the profile's origin may store, in bytes. */
export async function limitStorage(page: Page, quotaBytes: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: quotaBytes })
}
