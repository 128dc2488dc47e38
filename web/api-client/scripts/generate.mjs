// Writes src/schema.d.ts from the server's interface description. `--check` compares instead, for the test.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const description = new URL('../../../server/openapi.json', import.meta.url)
const target = new URL('../src/schema.d.ts', import.meta.url)

/** The types as they should stand in src/schema.d.ts. */
export async function generate() {
  const ast = await openapiTS(JSON.parse(await readFile(description, 'utf8')), { alphabetize: true })
  return `// Written by scripts/generate.mjs from server/openapi.json: npm run generate --workspace @qiao/api-client\n\n${astToString(ast)}`
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(target, await generate())
}
