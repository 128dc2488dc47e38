/** What an open page and its worker hold once everything that can go has gone. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

export interface Held {
  /** Scripts of the page, MiB. */
  page: number
  /** Scripts of its worker, MiB: the engine and the records it holds. */
  worker: number
  nodes: number
  listeners: number
}

interface Usage {
  usedSize: number
  backingStorageSize: number
}

const mib = ({ usedSize, backingStorageSize }: Usage) => (usedSize + backingStorageSize) / 1024 / 1024

export async function held(page: Page): Promise<Held> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  // Twice: what finalizers let go goes with the second.
  for (let round = 0; round < 2; round++) await session.send('HeapProfiler.collectGarbage')
  const own = mib((await session.send('Runtime.getHeapUsage')) as unknown as Usage)
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  const worker = await new Promise<number>((resolve) => {
    const listen = session as unknown as { on(event: string, heard: (event: never) => void): void }
    const steps = ['HeapProfiler.enable', 'HeapProfiler.collectGarbage', 'HeapProfiler.collectGarbage', 'Runtime.getHeapUsage']
    listen.on('Target.attachedToTarget', ({ sessionId }: { sessionId: string }) => {
      steps.forEach((method, index) => {
        const message = JSON.stringify({ id: index + 1, method })
        void session.send('Target.sendMessageToTarget', { sessionId, message })
      })
    })
    listen.on('Target.receivedMessageFromTarget', ({ message }: { message: string }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result: Usage }
      if (id === steps.length) resolve(mib(result))
    })
    void session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  })
  await session.detach()
  return { page: own, worker, nodes, listeners: jsEventListeners }
}

/** The least of some looks: what an engine needs while it works is not what it keeps. */
export async function kept(page: Page): Promise<Held> {
  let least = await held(page)
  for (let look = 0; look < 4; look++) {
    await page.waitForTimeout(500)
    const now = await held(page)
    least = {
      page: Math.min(least.page, now.page),
      worker: Math.min(least.worker, now.worker),
      nodes: Math.min(least.nodes, now.nodes),
      listeners: Math.min(least.listeners, now.listeners),
    }
  }
  return least
}

/** Memory of all pages of browsers that this process has started, engines included: their share of what is resident, MiB. */
export function renderersMiB(): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0))
  const ours = (pid: number): boolean => pid > 1 && (pid === process.pid || ours(parents.get(pid) ?? 0))
  const pages = [...parents.keys()].filter((pid) => ours(pid) && read(`/proc/${pid}/cmdline`).includes('--type=renderer'))
  const sizes = pages.map((pid) => Number(/Pss:\s+(\d+) kB/.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  return sizes.reduce((sum, size) => sum + size, 0) / 1024
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended in between.
    return ''
  }
}
