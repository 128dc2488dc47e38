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
