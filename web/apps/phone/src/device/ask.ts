/** A question to the device that is asked again when what it is about changes. */
import { askAgain, type Asked } from '@qiao/ui'
import { onDocs } from './state'

/** Asks now, and again whenever documents change for which `concerns` holds (all, where absent). */
export function useAsk<T>(ask: () => Promise<T>, concerns?: (ids: ReadonlySet<string>) => boolean): Asked<T> {
  return askAgain(onDocs, ask, concerns)
}
