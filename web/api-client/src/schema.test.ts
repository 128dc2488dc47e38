import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('the types are those of the description the server serves', async () => {
  const { generate } = await import('../scripts/generate.mjs')
  const kept = await readFile(new URL('./schema.d.ts', import.meta.url), 'utf8')
  expect(kept === (await generate()), 'stale: npm run generate --workspace @qiao/api-client').toBe(true)
})
