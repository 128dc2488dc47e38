import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { browserOf } from './browser'

const CHROME =
  'Mozilla/5.0 (Linux; Android 10; Redmi 9A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36'
const HUAWEI = CHROME.replace('Mobile', 'HuaweiBrowser/14.0.3.300 HMSCore/6.12 Mobile').replace('120', '114')
const WECHAT = `${CHROME.replace('Mobile', 'Version/4.0 XWEB/1160065 Mobile')} MicroMessenger/8.0.42.2460`

describe('a browser', () => {
  it('is known by its own name before that of the engine', () => {
    expect(browserOf(CHROME)).toBe('chrome')
    expect(browserOf(HUAWEI)).toBe('huawei')
    expect(browserOf(`${CHROME} XiaoMi/MiuiBrowser/17.8`)).toBe('xiaomi')
    expect(browserOf(`${CHROME} EdgA/119.0`)).toBe('edge')
    expect(browserOf('Mozilla/5.0 (iPhone) Safari/604.1')).toBe('other')
  })
})

const script = readFileSync(new URL('../../public/supported.js', import.meta.url), 'utf8')

/** What the script says to a browser of this name that has everything else; null where the app may start. */
function refusal(userAgent: string, lacking = ''): string | null {
  let refused: string | null = null
  const window = {
    WebAssembly: {},
    indexedDB: {},
    BroadcastChannel: {},
    structuredClone: {},
    crypto: { subtle: {} },
    [lacking]: undefined,
  }
  const document = {
    documentElement: { setAttribute: (_: string, why: string) => (refused = why) },
    addEventListener: () => undefined,
  }
  const run = new Function('window', 'document', 'navigator', script) as (...of: unknown[]) => void
  run(window, document, { userAgent, locks: {} })
  return refused
}

describe('the check before the app starts', () => {
  it('lets the browsers of today in', () => {
    for (const agent of [CHROME, HUAWEI, CHROME.replace('120', '98')]) expect(refusal(agent), agent).toBeNull()
  })

  it('sends people out of messengers', () => {
    for (const agent of [
      WECHAT,
      `${WECHAT} wxwork/4.1.10`,
      `${CHROME} DingTalk/7.0`,
      `${CHROME} V1_AND_SQ QQ/8.9.80`,
    ]) {
      expect(refusal(agent), agent).toBe('messenger')
    }
  })

  it('turns away what is too old or lacks something', () => {
    expect(refusal(CHROME.replace('120', '97'))).toBe('old')
    expect(refusal(CHROME, 'indexedDB')).toBe('old')
    expect(refusal(CHROME, 'crypto')).toBe('old')
  })

  it('names the version the app is built for', () => {
    const config = readFileSync(new URL('../../vite.config.ts', import.meta.url), 'utf8')
    expect(/CHROMIUM_MIN = (\d+)/.exec(config)?.[1]).toBe(/oldest = (\d+)/.exec(script)?.[1])
  })
})
