/** What axe finds on a page as it stands. The script runs beside the page's own policy, as an extension would. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RUN = `axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(found.violations.flatMap((one) =>
  one.nodes.map((node) => one.id + ': ' + node.target.join(' ') + ' ' + node.html.slice(0, 160)))))`

export async function findings(at: Page): Promise<string[]> {
  const session = await at.context().newCDPSession(at)
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${axe}; ${RUN}`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  return JSON.parse(String(result.value)) as string[]
}
