import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { uiTexts } from '@qiao/ui'

type Texts = { [key: string]: string | Texts }

const source = fileURLToPath(new URL('..', import.meta.url))
const shared = fileURLToPath(new URL('../../../../ui/src', import.meta.url))

const files = {
  'zh-CN': import.meta.glob<{ default: Texts }>('./zh-CN/*.ts', { eager: true }),
  en: import.meta.glob<{ default: Texts }>('./en/*.ts', { eager: true }),
}

function flatten(texts: Texts, prefix: string): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[`${prefix}.${key}`, text] as [string, string]] : flatten(text, `${prefix}.${key}`),
  )
}

function all(language: 'zh-CN' | 'en'): Map<string, string> {
  const own = Object.entries(files[language]).flatMap(([path, file]) =>
    flatten(file.default, path.slice(path.lastIndexOf('/') + 1, -3)),
  )
  return new Map([...own, ...flatten(uiTexts[language], 'ui')])
}

function blanks(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '').sort()
}

function sources(folder: string, end: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => end.test(name))
    .map((name) => `${folder}/${name}`)
}

const zh = all('zh-CN')
const en = all('en')

describe('the texts', () => {
  it('exist in both languages under the same keys', () => {
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort())
  })

  it('leave the same blanks to be filled in', () => {
    for (const [key, text] of zh) expect(new Set(blanks(en.get(key) ?? '')), key).toEqual(new Set(blanks(text)))
  })

  it('are written in their own language', () => {
    // Names of a language are written in that language.
    const exempt = /language|\.name$|brand/i
    for (const [key, text] of en)
      if (!exempt.test(key)) expect(/[\u4e00-\u9fff]/.test(text), `${key}: ${text}`).toBe(false)
  })

  it('never stand in a template', () => {
    for (const path of [...sources(source, /\.vue$/), ...sources(shared, /\.vue$/)]) {
      const template = /<template>[\s\S]*<\/template>/.exec(readFileSync(path, 'utf8'))?.[0] ?? ''
      const plain = template.replace(/<!--[\s\S]*?-->/g, '')
      expect(/[\u3400-\u9fff\u3001-\u303f\uff01-\uff5e]/.exec(plain)?.[0], path).toBeUndefined()
    }
  })

  it('are all there that the code asks for', () => {
    const asked = [...sources(source, /\.(vue|ts)$/), ...sources(shared, /\.vue$/)]
      .filter((path) => !path.endsWith('.test.ts'))
      .flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/\bt\(\s*'([\w.]+)'/g)].map((found) => [path, found[1] ?? '']),
      )
    for (const [path, key] of asked) if (!key?.endsWith('.')) expect(zh.has(key ?? ''), `${path}: ${key}`).toBe(true)
  })
})
