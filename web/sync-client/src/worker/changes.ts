/** What a step of the engine changed, gathered from its events. Stores nothing and tells nobody. */
import type { DocId } from '../api'
import type { Engine } from '../engine/port'

/** What a step changed, told after it is stored. */
export interface Changes {
  docs: DocId[]
  standing: boolean
  wipe: boolean
  progress: { done: number; total: number } | null
  caughtUp: boolean
}

type Events = ReturnType<Engine['takeEvents']>

/** The events of a step: documents changed and removed, edits accepted, and what else is to be told. */
export function collect(events: Events): {
  changes: Changes
  changed: Set<DocId>
  removed: DocId[]
  accepted: DocId[]
} {
  const changes: Changes = { docs: [], standing: false, wipe: false, progress: null, caughtUp: false }
  const changed = new Set<DocId>()
  const removed: DocId[] = []
  const accepted: DocId[] = []
  for (const event of events) {
    if (event.type === 'changed') changed.add(event.doc)
    else if (event.type === 'removed') {
      changed.delete(event.doc)
      removed.push(event.doc)
    } else if (event.type === 'accepted') {
      accepted.push(event.doc)
      changes.docs.push(event.doc)
    } else if (event.type === 'returned') {
      changes.docs.push(event.doc)
    } else if (event.type === 'standing') changes.standing = true
    else if (event.type === 'wipe') changes.wipe = true
    else if (event.type === 'progress') changes.progress = event
    else if (event.type === 'caught_up') changes.caughtUp = true
  }
  return { changes, changed, removed, accepted }
}

export function without(all: Set<DocId>, some: DocId[]): Set<DocId> {
  const rest = new Set(all)
  for (const id of some) rest.delete(id)
  return rest
}
