/** Which browser this is, as far as it matters for what to tell people: how to install, where to free space. */

export type Browser =
  'chrome' | 'edge' | 'huawei' | 'xiaomi' | 'samsung' | 'oppo' | 'vivo' | 'uc' | 'qq' | 'quark' | 'other'

/** The browser by its own name; vendors put theirs beside Chrome's. */
export function browserOf(agent: string): Browser {
  const marks: [RegExp, Browser][] = [
    [/HuaweiBrowser|HONORBrowser/i, 'huawei'],
    [/MiuiBrowser/i, 'xiaomi'],
    [/SamsungBrowser/i, 'samsung'],
    [/HeyTapBrowser|OppoBrowser/i, 'oppo'],
    [/VivoBrowser/i, 'vivo'],
    [/Quark/i, 'quark'],
    [/UCBrowser|UCWEB/i, 'uc'],
    [/MQQBrowser|QQBrowser/i, 'qq'],
    [/Edg(A|e)?\//, 'edge'],
    [/Chrome\//, 'chrome'],
  ]
  return marks.find(([mark]) => mark.test(agent))?.[1] ?? 'other'
}

/** Messengers that open links inside themselves; what is stored there is thrown away with their cache. */
export function messengerOf(agent: string): 'wechat' | 'work' | 'dingtalk' | 'qq' | 'alipay' | null {
  if (/wxwork/i.test(agent)) return 'work'
  if (/MicroMessenger/i.test(agent)) return 'wechat'
  if (/DingTalk/i.test(agent)) return 'dingtalk'
  if (/AlipayClient/i.test(agent)) return 'alipay'
  if (/\bQQ\/\d/.test(agent)) return 'qq'
  return null
}

/** Major version of Chromium behind it, where it says so. */
export function chromiumOf(agent: string): number | null {
  const found = /(?:Chrome|Chromium)\/(\d+)/.exec(agent)
  return found ? Number(found[1]) : null
}
