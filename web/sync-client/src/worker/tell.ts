/** Events to screens, gathered: a first load changes thousands of documents, and a status bar need not be told of each. */
import type { ClientEvent, DocId, Stage, SyncState } from '../api'
import { TELL_EVERY_MS } from '../limits'

export class Teller {
  private readonly docs = new Set<DocId>()
  private timer: ReturnType<typeof setTimeout> | null = null
  private lastMs = 0
  private stageTold = ''
  private syncTold = ''

  constructor(
    private readonly send: (event: ClientEvent) => void,
    private readonly stage: () => Stage,
    private readonly sync: () => SyncState,
  ) {}

  changed(docs: Iterable<DocId> = []): void {
    for (const id of docs) this.docs.add(id)
    const wait = this.lastMs + TELL_EVERY_MS - Date.now()
    if (wait <= 0) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), wait)
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.lastMs = Date.now()
    const stage = this.stage()
    const text = JSON.stringify(stage)
    if (text !== this.stageTold) {
      this.stageTold = text
      this.send({ type: 'stage', stage })
    }
    if (this.docs.size > 0) {
      const ids = [...this.docs]
      this.docs.clear()
      this.send({ type: 'docs', ids })
    }
    const sync = this.sync()
    const said = JSON.stringify(sync)
    if (said !== this.syncTold) {
      this.syncTold = said
      this.send({ type: 'sync', sync })
    }
  }
}
