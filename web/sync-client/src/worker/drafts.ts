/**
 * Text half typed. On the disk when a call resolves, so that it outlives the browser and the battery.
 *
 * So many are kept at most ({@link DRAFTS_MAX}); what is written next puts away the one not touched for longest.
 */
import type { Draft } from '../api'
import { DRAFTS_MAX } from '../limits'
import type { Store } from '../store/store'
import { OWN, read, write } from './records'

export class Drafts {
  /** Writes follow each other. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly store: () => Store,
    private readonly now: () => number,
  ) {}

  async list(): Promise<Draft[]> {
    return read<Draft[]>(await this.store().own(OWN.drafts)) ?? []
  }

  save(key: string, value: unknown): Promise<void> {
    return this.change(key, [{ key, value, savedMs: this.now() }])
  }

  drop(key: string): Promise<void> {
    return this.change(key, [])
  }

  private change(key: string, added: Draft[]): Promise<void> {
    const work = async () => {
      const kept = (await this.list()).filter((draft) => draft.key !== key)
      const drafts = [...kept, ...added].slice(-DRAFTS_MAX)
      await this.store().apply({ own: new Map([[OWN.drafts, write(drafts)]]), spends: 'text' })
    }
    const turn = this.last.then(work, work)
    this.last = turn.catch(() => undefined)
    return turn
  }
}
