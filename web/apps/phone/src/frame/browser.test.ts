import { describe, expect, it } from 'vitest'
import { browserOf, chromiumOf, messengerOf } from './browser'

const CHROME =
  'Mozilla/5.0 (Linux; Android 10; Redmi 9A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36'
const HUAWEI = CHROME.replace('Mobile', 'HuaweiBrowser/14.0.3.300 HMSCore/6.12 Mobile').replace('120', '114')
const WECHAT =
  CHROME.replace('Mobile', 'Version/4.0 XWEB/1160065 MMWEBSDK/20230805 Mobile') + ' MicroMessenger/8.0.42.2460'

describe('a browser', () => {
  it('is known by its own name before that of the engine', () => {
    expect(browserOf(CHROME)).toBe('chrome')
    expect(browserOf(HUAWEI)).toBe('huawei')
    expect(browserOf(`${CHROME} XiaoMi/MiuiBrowser/17.8`)).toBe('xiaomi')
    expect(browserOf(`${CHROME} EdgA/119.0`)).toBe('edge')
    expect(browserOf('Mozilla/5.0 (iPhone) Safari/604.1')).toBe('other')
  })

  it('tells the version of its engine', () => {
    expect(chromiumOf(HUAWEI)).toBe(114)
    expect(chromiumOf('Mozilla/5.0 (iPhone) Safari/604.1')).toBeNull()
  })

  it('inside a messenger is told apart', () => {
    expect(messengerOf(WECHAT)).toBe('wechat')
    expect(messengerOf(`${WECHAT} wxwork/4.1.10`)).toBe('work')
    expect(messengerOf(CHROME)).toBeNull()
  })
})
