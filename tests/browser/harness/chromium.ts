/** Chromium on a profile of its own, offline to everything but the loopback. */
import { setPriority } from 'node:os'
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

/** What has not come on a screen by then does not come, on a machine that has other things to do as well. */
export const PATIENCE_MS = 60_000

/** A browser with a profile folder that survives it. Sized like a small phone. */
export async function launch(profile: string, options: { locale?: string; serviceWorkers?: 'allow' | 'block' } = {}): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
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
    serviceWorkers: options.serviceWorkers ?? 'allow',
  })
  context.setDefaultTimeout(PATIENCE_MS)
  return context
}

/** Ends the browser of a profile at once, as Android does: nothing gets to finish. */
export async function kill(context: BrowserContext, profile: string): Promise<void> {
  const pids = browserProcesses(profile)
  const gone = new Promise((resolve) => context.once('close', resolve))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await gone
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

/** Memory of the page that takes most, its workers included: its share of what is resident, MiB. */
export function rendererMemoryMiB(profile: string): number {
  const sizes = rendererProcesses(profile).map((pid) => Number(/Pss:\s+(\d+) kB/.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  return Math.max(0, ...sizes) / 1024
}

/** Memory that scripts of a page and of its first worker use, WASM included, MiB. */
export async function heapMiB(page: Page): Promise<{ page: number; worker: number }> {
  const session = await page.context().newCDPSession(page)
  interface Usage {
    usedSize: number
    backingStorageSize: number
  }
  const sum = ({ usedSize, backingStorageSize }: Usage) => (usedSize + backingStorageSize) / 1024 / 1024
  const own = sum((await session.send('Runtime.getHeapUsage')) as unknown as Usage)
  const worker = await new Promise<number>((resolve) => {
    const listen = session as unknown as { on(event: string, heard: (event: never) => void): void }
    listen.on('Target.attachedToTarget', ({ sessionId }: { sessionId: string }) => {
      const message = JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' })
      void session.send('Target.sendMessageToTarget', { sessionId, message })
    })
    listen.on('Target.receivedMessageFromTarget', ({ message }: { message: string }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result: Usage }
      if (id === 1) resolve(sum(result))
    })
    void session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  })
  await session.detach()
  return { page: own, worker }
}

/** Lets processes run only one `times`-th of the time, as a slower processor would. Ends it. */
export function slowDown(pids: number[], times: number): () => void {
  const slice = 4
  let ended = false
  // The slices are only as even as this process is punctual.
  setPriority(-20)
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of pids) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended.
      }
    }
  }
  const stop = () => {
    if (ended) return
    signal('SIGSTOP')
    setTimeout(go, slice * (times - 1))
  }
  const go = () => {
    signal('SIGCONT')
    setTimeout(stop, slice)
  }
  stop()
  return () => {
    ended = true
    setPriority(0)
    signal('SIGCONT')
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
