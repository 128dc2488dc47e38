/** The types as they should stand in src/schema.d.ts. */
export function generate(): Promise<string>
