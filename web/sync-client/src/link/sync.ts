/**
 * When the server is asked, and what the status bar says of it.
 *
 * One exchange at a time; a live connection while the app is visible and there is a line. Tried again with growing,
 * jittered waits; at once when the app opens, comes to the front, or the phone says it is online (a hint to try, never
 * believed). Nothing here blocks a screen.
 */
import { ClientError, type Problem, type Progress } from '../api'
import type { EngineModule } from '../engine/port'
import {
  APPROVAL_POLL_MS,
  EXCHANGES_MAX,
  FAILED_RETRY_MS,
  GATHER_MS,
  IDLE_EXCHANGES_MAX,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
  SYNC_EVERY_MS,
} from '../limits'
import { isOffline, isPassing, problemOf } from '../problem'
import { isFenced, type Device } from '../worker/device'
import type { Server } from './http'
import { Live } from './live'

export type Phase = 'offline' | 'syncing' | 'complete' | 'failed'

export interface SyncParts {
  device: Device
  server: Server
  module: EngineModule
  now: () => number
  random: () => number
  storageLeftMiB: () => Promise<number>
  /** Phase, progress or counts may have changed. */
  step: () => void
  /** Everything is to be destroyed. */
  wipe: () => Promise<void>
  /** Another engine has taken over. */
  fenced: () => void
}

export class Sync {
  phase: Phase = 'syncing'
  problem: Problem | null = null
  nextTryMs: number | null = null
  progress: Progress | null = null
  /** How far a load had come when it was last heard of: a line that breaks takes nothing back. */
  reached: Progress | null = null
  skewMs = 0
  private bytesDown = 0
  private live: Live | null = null
  private visible = true
  private stopped = new AbortController()
  private wake: (() => void) | null = null
  private woken = false
  private editTimer: ReturnType<typeof setTimeout> | undefined
  private waitMs = RETRY_MS_MIN
  /** Rounds begun, and who waits for one that began after theirs. */
  private rounds = 0
  private waiting: { after: number; resolve: () => void }[] = []
  private lastTryMs = 0
  private running: Promise<void> | null = null

  private serverTimeMs: number

  constructor(private readonly parts: SyncParts) {
    this.serverTimeMs = parts.device.status().serverTimeMs
  }

  start(): void {
    this.running ??= this.run()
  }

  /** Ends it; resolves once nothing of it is under way. */
  async stop(): Promise<void> {
    this.stopped.abort()
    clearTimeout(this.editTimer)
    this.live?.stop()
    this.wake?.()
    await this.running
    this.tellWaiting(Infinity)
  }

  /** Something suggests that trying now makes sense. */
  hint(): void {
    this.waitMs = RETRY_MS_MIN
    this.wakeUp()
  }

  /** A connection that stands may hang on a network that is gone. */
  lineChanged(): void {
    this.hint()
    this.live?.stop()
  }

  setVisible(visible: boolean): void {
    const came = visible && !this.visible
    this.visible = visible
    if (!visible) this.live?.stop()
    if (came) this.hint()
  }

  /** An edit has been stored. */
  edited(): void {
    if (this.live?.answered) {
      this.live.nudge()
      this.phase = 'syncing'
      this.parts.step()
      return
    }
    const soonest = Math.max(GATHER_MS, this.lastTryMs + RETRY_MS_MIN - this.parts.now())
    this.editTimer ??= setTimeout(() => {
      this.editTimer = undefined
      this.wakeUp()
    }, soonest)
  }

  /** "Sync now": resolves when a round that began after this call has ended; its failure is in the status. */
  now(): Promise<void> {
    if (this.stopped.signal.aborted) return Promise.resolve()
    const ended = new Promise<void>((resolve) => this.waiting.push({ after: this.rounds, resolve }))
    this.live?.stop()
    this.hint()
    return ended
  }

  /** Told by the device after each step. */
  noteProgress(progress: { done: number; total: number } | null, caughtUp: boolean): void {
    if (progress) this.reached = this.progress = { ...progress, bytes: this.bytesDown }
    if (caughtUp) this.reached = this.progress = null
  }

  private tellWaiting(round: number): void {
    for (const one of this.waiting) if (one.after < round) one.resolve()
    this.waiting = this.waiting.filter((one) => one.after >= round)
  }

  private wakeUp(): void {
    this.woken = true
    this.wake?.()
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.oneRound()
      } catch (error) {
        // Whatever breaks here, the next round is another try.
        this.failed(error)
        await this.pause()
      }
    }
  }

  private async oneRound(): Promise<void> {
    this.woken = false
    this.rounds += 1
    await this.exchanges()
    this.tellWaiting(this.rounds)
    if (this.stopped.signal.aborted) return
    if (this.parts.device.wipeOrdered) {
      this.stopped.abort()
      void this.parts.wipe()
      return
    }
    // Asked again meanwhile: whoever asked waits for a round of its own.
    if (this.woken) return
    if (this.problem === null && this.visible && this.isActive()) await this.stayLive()
    if (this.stopped.signal.aborted || this.parts.device.wipeOrdered) return
    await this.pause()
  }

  private isActive(): boolean {
    return this.parts.device.status().grant?.status === 'active'
  }

  /** Exchanges until nothing is left to say or the line breaks. */
  private async exchanges(): Promise<void> {
    const { device, server } = this.parts
    this.phase = 'syncing'
    this.nextTryMs = null
    this.bytesDown = 0
    this.lastTryMs = this.parts.now()
    this.parts.step()
    try {
      let idle = 0
      let recounted = false
      for (let count = 0; count < EXCHANGES_MAX; count++) {
        const wasOrdered = device.wipeOrdered
        try {
          await server.exchange(
            device,
            await this.parts.storageLeftMiB(),
            { bytes: (down) => this.count(down) },
            this.stopped.signal,
          )
        } catch (error) {
          // Somebody counted on in this device's name; the answer said from where to go on, and what that means comes next.
          if (recounted || !isMiscounted(error)) throw error
          recounted = true
          device.interrupted()
          continue
        }
        this.problem = null
        this.noteSkew()
        const tally = device.takeTally()
        idle =
          tally.pushed +
            tally.pulled +
            tally.accepted +
            tally.duplicate +
            tally.parked +
            tally.quarantined +
            tally.rejected ===
          0
            ? idle + 1
            : 0
        // A device that is to be wiped hands over what it has not sent yet, once; a pending one waits.
        const goOn = device.wipeOrdered ? !wasOrdered && device.status().unsent > 0 : this.isActive()
        if (!goOn || !device.look.wantsExchange || idle > IDLE_EXCHANGES_MAX) break
      }
      this.phase = 'complete'
      this.waitMs = RETRY_MS_MIN
    } catch (error) {
      this.failed(error)
    }
    this.parts.step()
  }

  private async stayLive(): Promise<void> {
    const { device, server, module } = this.parts
    const live = new Live(device, module, {
      step: () => {
        this.problem = null
        this.noteSkew()
        this.phase = device.look.wantsExchange ? 'syncing' : 'complete'
        this.parts.step()
      },
      bytes: (down) => this.count(down),
    })
    this.live = live
    let broke: Problem | null = null
    try {
      broke = await live.run(server.liveUrl(), await this.parts.storageLeftMiB())
    } catch (error) {
      this.failed(error)
    }
    this.live = null
    if (broke && !isOffline(broke)) this.failed(broke)
    // A line that broke after it was answered is tried again at once; one that never came about is waited for.
    if (broke && live.answered) this.woken = true
    // The app was put away with something said last moment: it goes out before the phone sleeps.
    if (!broke && !this.visible && device.look.wantsExchange) this.woken = true
  }

  private failed(error: unknown): void {
    if (isFenced(error)) {
      this.stopped.abort()
      this.parts.fenced()
      return
    }
    if (this.stopped.signal.aborted) return
    this.parts.device.interrupted()
    this.problem = typeof error === 'object' && error !== null && 'zh' in error ? (error as Problem) : problemOf(error)
    this.phase = isOffline(this.problem) ? 'offline' : 'failed'
    this.progress = null
  }

  private async pause(): Promise<void> {
    if (this.woken) return
    const wait = this.nextWaitMs()
    this.nextTryMs = this.parts.now() + wait
    this.parts.step()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, wait)
      const wake = done
      function done() {
        clearTimeout(timer)
        resolve()
      }
      this.wake = wake
    })
    this.wake = null
  }

  private nextWaitMs(): number {
    const jitter = 0.5 + 0.5 * this.parts.random()
    const status = this.parts.device.status().grant?.status
    if (this.problem) {
      const asked = this.problem.retryAfterS * 1000
      const base = isPassing(this.problem) ? this.waitMs : FAILED_RETRY_MS
      this.waitMs = Math.min(this.waitMs * 2, RETRY_MS_MAX)
      return Math.max(base * jitter, Math.min(asked, 10 * RETRY_MS_MAX))
    }
    if (status === undefined || status === 'pending') return this.visible ? APPROVAL_POLL_MS * jitter : RETRY_MS_MAX
    if (status !== 'active') return SYNC_EVERY_MS
    return SYNC_EVERY_MS * jitter
  }

  private count(down: number): void {
    this.bytesDown += down
    if (this.progress) this.reached = this.progress = { ...this.progress, bytes: this.bytesDown }
    this.noteSkew()
  }

  /** Server time minus device time, whenever the server has told its time. */
  private noteSkew(): void {
    const { serverTimeMs } = this.parts.device.status()
    if (serverTimeMs === this.serverTimeMs) return
    this.serverTimeMs = serverTimeMs
    this.skewMs = serverTimeMs - this.parts.now()
  }
}

/** Whether the server refused a counter that it has seen before. */
function isMiscounted(error: unknown): boolean {
  return error instanceof ClientError && error.problem.code === 'bad_counter'
}
