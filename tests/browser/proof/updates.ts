/** Updates of needs from a live phone, as fast as the desks show them. */
import type { Page } from 'playwright-core'
import type { Day } from './day.ts'

/** How many edits are under way at a time. */
const WINDOW = 50

/**
 * Makes `count` updates over the first `needs` needs, numbered from `from`, and waits until each page shows the last one's
 * number, where it shows needs at all.
 */
export async function update(day: Day, boards: Page[], needs: number, from: number, count: number): Promise<void> {
  for (let done = 0; done < count; done += WINDOW) {
    const edits = Array.from({ length: Math.min(WINDOW, count - done) }, (_, index) => {
      const no = from + done + index
      const value = `水管第${no}次来电`
      return day.phone.edit({ doc: `h${(no % needs) + 1}.n1`, ops: [{ op: 'set', path: ['title'], value }] })
    })
    await Promise.all(edits)
    const last = `水管第${from + done + edits.length - 1}次来电`
    for (const board of boards) await board.getByRole('link').filter({ hasText: last }).waitFor()
  }
}
