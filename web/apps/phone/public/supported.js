/*
 * Browsers the app cannot work in, told so politely. A classic script in the oldest dialect, because those browsers
 * cannot even read the app: messengers that open links inside themselves and throw away what is stored there, and
 * browsers too old for what keeps records safe. Marks the page with `data-refused`, which keeps the app from starting.
 */
;(function () {
  var oldest = 98
  var agent = navigator.userAgent
  var found = /(?:Chrome|Chromium)\/(\d+)/.exec(agent)
  var messenger = /MicroMessenger|wxwork|DingTalk|AlipayClient|\bQQ\/\d/i.test(agent)
  var old =
    (found && Number(found[1]) < oldest) ||
    !window.WebAssembly ||
    !window.indexedDB ||
    !window.BroadcastChannel ||
    !window.structuredClone ||
    !navigator.locks ||
    !window.crypto ||
    !window.crypto.subtle
  if (!messenger && !old) return

  var title = messenger ? '请用浏览器打开' : '这个浏览器打不开'
  var lines = messenger
    ? [
        '这里是聊天软件里的页面，保存的记录会随缓存被清掉。',
        '请点右上角“···”，选“在浏览器打开”，再继续登记。',
        'Please open this page in the phone\'s browser: touch "···" at the top right and choose "Open in browser".',
      ]
    : [
        '需要 Chromium ' + oldest + ' 或更新的内核，并以 https 打开，才能在没有信号时安全保存记录。',
        '请在应用商店更新系统浏览器，或安装新版 Chrome、Edge，再打开同一个链接。',
        'Qiao needs Chromium ' +
          oldest +
          " or newer, over https: update the phone's browser, or open the same link in Chrome or Edge.",
      ]
  document.documentElement.setAttribute('data-refused', messenger ? 'messenger' : 'old')
  document.addEventListener('DOMContentLoaded', function () {
    var place = document.getElementById('app')
    if (!place) return
    var main = document.createElement('main')
    main.className = 'plain-page'
    var add = function (name, text, kind) {
      var element = document.createElement(name)
      element.textContent = text
      if (kind) element.className = kind
      main.appendChild(element)
    }
    add('h1', title)
    for (var at = 0; at < lines.length; at += 1) add('p', lines[at])
    // With the invitation behind `#`: whoever copies it into a browser goes on where they were.
    add('p', location.href, 'plain-address')
    place.textContent = ''
    place.appendChild(main)
  })
})()
