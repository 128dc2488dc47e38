/**
 * Browsers the app cannot work in, told so politely before anything else is loaded.
 *
 * Runs before Vue and without the language files, in plain words of both languages. Two kinds: messengers that open
 * links inside themselves and throw away what is stored there, and browsers too old for what keeps records safe.
 */
import { chromiumOf, messengerOf } from './frame/browser'

interface Page {
  title: string
  lines: string[]
}

const MESSENGER: Page = {
  title: '请用浏览器打开',
  lines: [
    '这里是聊天软件里的页面，保存的记录会随缓存被清掉。',
    '请点右上角“···”，选“在浏览器打开”，再继续登记。',
    'Please open this page in the phone’s browser: touch “···” at the top right and choose “Open in browser”.',
  ],
}

const TOO_OLD: Page = {
  title: '浏览器版本太旧',
  lines: [
    `需要 Chromium ${__CHROMIUM_MIN__} 或更新的内核，才能在没有信号时安全保存记录。`,
    '请在应用商店更新系统浏览器，或安装新版 Chrome、Edge，再打开同一个链接。',
    `This browser is too old. Qiao needs Chromium ${__CHROMIUM_MIN__} or newer: update the phone’s browser, or open the same link in Chrome or Edge.`,
  ],
}

/** What the device cannot do without. */
function lacksSomething(): boolean {
  return !(
    typeof WebAssembly === 'object' &&
    typeof indexedDB === 'object' &&
    typeof crypto === 'object' &&
    'subtle' in crypto &&
    'locks' in navigator &&
    typeof BroadcastChannel === 'function' &&
    typeof structuredClone === 'function'
  )
}

/** Shows the page for a browser that will not do; whether it did. */
export function refuseBrowser(): boolean {
  const agent = navigator.userAgent
  const chromium = chromiumOf(agent)
  const page = messengerOf(agent)
    ? MESSENGER
    : (chromium !== null && chromium < __CHROMIUM_MIN__) || lacksSomething()
      ? TOO_OLD
      : null
  if (!page) return false
  const main = document.createElement('main')
  main.className = 'plain-page'
  const title = document.createElement('h1')
  title.textContent = page.title
  main.append(title)
  for (const line of page.lines) {
    const paragraph = document.createElement('p')
    paragraph.textContent = line
    main.append(paragraph)
  }
  const address = document.createElement('p')
  address.className = 'plain-address'
  // With the invitation behind `#`: whoever copies it into a browser goes on where they were.
  address.textContent = location.href
  main.append(address)
  document.getElementById('app')?.replaceChildren(main)
  return true
}
