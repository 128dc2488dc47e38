/** What a browser calls itself, in a few words. */
export function browserOf(userAgent: string): string {
  const program =
    /(Edg|OPR|QQBrowser|MicroMessenger|Firefox|Chrome|Safari|curl)[/ ]?(\d+)?/.exec(userAgent) ?? undefined
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', MicroMessenger: 'WeChat' }
  const system = /Windows NT 6\.1/.test(userAgent)
    ? 'Windows 7'
    : /Windows/.test(userAgent)
      ? 'Windows'
      : /Android/.test(userAgent)
        ? 'Android'
        : /(iPhone|iPad)/.test(userAgent)
          ? 'iOS'
          : /Mac OS/.test(userAgent)
            ? 'macOS'
            : /Linux|X11/.test(userAgent)
              ? 'Linux'
              : ''
  // The more telling name stands behind "Chrome" in the same line.
  const telling = /(Edg|OPR|QQBrowser|MicroMessenger)\/(\d+)/.exec(userAgent) ?? program
  if (!telling) return userAgent.slice(0, 60) || '?'
  const name = names[telling[1] ?? ''] ?? telling[1] ?? ''
  return [`${name} ${telling[2] ?? ''}`.trim(), system].filter(Boolean).join(' · ')
}
