/** How much may still be stored: what the browser says, and what has shown itself. */
import { STORAGE_LOW_MIB } from '../limits'
import type { Store } from '../store/store'

const ESTIMATE_EVERY_MS = 30_000

export class Room {
  /** MiB, as the browser says; `null` where it says nothing. */
  leftMiB: number | null = null
  private lookedMs = -Infinity

  constructor(private readonly now: () => number) {}

  async look(fresh = false): Promise<number | null> {
    const now = this.now()
    if (!fresh && Math.abs(now - this.lookedMs) < ESTIMATE_EVERY_MS) return this.leftMiB
    this.lookedMs = now
    const estimate = await navigator.storage?.estimate?.().catch(() => null)
    const { quota, usage } = estimate ?? {}
    const known = quota !== undefined && usage !== undefined
    this.leftMiB = known ? Math.max(0, Math.floor((quota - usage) / 1_048_576)) : null
    return this.leftMiB
  }

  isLow(store: Store | undefined): boolean {
    return (this.leftMiB !== null && this.leftMiB < STORAGE_LOW_MIB) || store?.low === true
  }
}
