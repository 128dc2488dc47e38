import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

type Texts = { [key: string]: string | Texts }
const zh = import.meta.glob<{ default: Texts }>('./locales/zh-CN/*.ts', { eager: true })
const en = import.meta.glob<{ default: Texts }>('./locales/en/*.ts', { eager: true })

function flat(texts: Texts, before: string): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${before}.${key}`, value] as [string, string]] : flat(value, `${before}.${key}`),
  )
}
const read = (files: typeof zh): Map<string, string> =>
  new Map(Object.entries(files).flatMap(([path, file]) => flat(file.default, path.replace(/.*\/(.*)\.ts/, '$1'))))
const [chinese, english] = [read(zh), read(en)]
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1] ?? '').sort()

test('every text exists in both languages, with the same holes', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  for (const [key, text] of chinese) expect(holes(english.get(key) ?? ''), key).toEqual(holes(text))
})

test('texts that pages name exist, and no Chinese stands in a page itself', () => {
  const here = fileURLToPath(new URL('.', import.meta.url))
  for (const name of readdirSync(here, { recursive: true }) as string[]) {
    if (!/\.(vue|ts)$/.test(name) || /(\.test\.ts|^locales)/.test(name)) continue
    const source = readFileSync(here + name, 'utf8')
    for (const [, key] of source.matchAll(/\bt\(\s*'([a-z]\w*(?:\.\w+)+)'/g))
      expect(chinese.has(key ?? ''), `${name}: ${key}`).toBe(true)
    if (name.endsWith('.vue')) {
      const template = source.slice(source.indexOf('<template>')).replace(/<!--.*?-->/gs, '')
      expect(/[\u4e00-\u9fff]/.test(template.replace(/'、'|'；'|'中文'/g, '')), name).toBe(false)
    }
  }
})
