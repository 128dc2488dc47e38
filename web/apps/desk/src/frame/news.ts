/** How much waits for the administrator, for the menu and the first page. Looked after in the background. */
import { ref } from 'vue'
import { BACKGROUND, ask } from '@qiao/api-client'
import { api, session } from '../session/session'

/** Devices waiting for a decision; `more` says that there are further pages. */
export const waiting = ref<{ count: number; more: boolean } | null>(null)

/** Rows asked for: enough to count by, and to show on the first pages. */
const ROWS = 100

export async function lookForNews(): Promise<void> {
  if (!session.administrator.value) return
  const page = await ask(
    api.GET('/api/v1/enrolments', { params: { query: { limit: ROWS } }, headers: { [BACKGROUND]: '1' } }),
  )
  waiting.value = { count: page.items.length, more: Boolean(page.next) }
}
