/**
 * Days and moments as people here write them.
 *
 * A day is `YYYY-MM-DD` in the place where the phone is; it is never turned into a moment and back, which would move it
 * by a day somewhere. Nothing here reads the clock: "today" is an argument, with the phone's own as its default.
 */

/** Languages the formats know. */
export type Language = 'zh-CN' | 'en'

const WEEKDAYS_ZH = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']
const WEEKDAYS_EN = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS_EN = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_MS = 86_400_000

interface Parts {
  year: number
  month: number
  day: number
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}

function partsOf(date: string): Parts | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  if (!found) return null
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const check = new Date(Date.UTC(year, month - 1, day))
  return check.getUTCMonth() === month - 1 && check.getUTCDate() === day ? { year, month, day } : null
}

function serial({ year, month, day }: Parts): number {
  return Math.round(Date.UTC(year, month - 1, day) / DAY_MS)
}

/** The day of a moment, where the phone is. */
export function dayOf(ms: number): string {
  const at = new Date(ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Today, where the phone is. */
export function today(): string {
  return dayOf(Date.now())
}

/** Whether `date` is a day of the calendar. */
export function isDay(date: string): boolean {
  return partsOf(date) !== null
}

/** The day `days` later. */
export function addDays(date: string, days: number): string {
  const parts = partsOf(date)
  if (!parts) return date
  const at = new Date((serial(parts) + days) * DAY_MS)
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`
}

/** Days from `from` to `to`; `null` where one of them is no day. */
export function daysBetween(from: string, to: string): number | null {
  const [a, b] = [partsOf(from), partsOf(to)]
  return a && b ? serial(b) - serial(a) : null
}

/** `11月23日 周一`; with the year where it is not this one. Text that is no day is given back as it is. */
export function formatDay(date: string, language: Language = 'zh-CN', now: string = today()): string {
  const parts = partsOf(date)
  if (!parts) return date
  const weekday = new Date(serial(parts) * DAY_MS).getUTCDay()
  const sameYear = now.startsWith(`${two(parts.year)}-`)
  if (language === 'en') {
    const day = `${parts.day} ${MONTHS_EN[parts.month - 1]}`
    return sameYear ? `${WEEKDAYS_EN[weekday]} ${day}` : `${day} ${parts.year}`
  }
  const day = `${parts.month}月${parts.day}日`
  return sameYear ? `${day} ${WEEKDAYS_ZH[weekday]}` : `${parts.year}年${day}`
}

/** `今天`, `昨天`, `3天前`, `5个月前`, `明天`; what a worn-out reader understands at once. */
export function relativeDay(date: string, language: Language = 'zh-CN', now: string = today()): string {
  const days = daysBetween(date, now)
  if (days === null) return date
  const zh = language !== 'en'
  const near = new Map<number, [string, string]>([
    [0, ['今天', 'today']],
    [1, ['昨天', 'yesterday']],
    [2, ['前天', '2 days ago']],
    [-1, ['明天', 'tomorrow']],
    [-2, ['后天', 'in 2 days']],
  ]).get(days)
  if (near) return zh ? near[0] : near[1]
  const far = Math.abs(days)
  const [count, zhUnit, enUnit] =
    far < 60
      ? [far, '天', 'days']
      : far < 730
        ? [Math.floor(far / 30), '个月', 'months']
        : [Math.floor(far / 365), '年', 'years']
  if (days > 0) return zh ? `${count}${zhUnit}前` : `${count} ${enUnit} ago`
  return zh ? `${count}${zhUnit}后` : `in ${count} ${enUnit}`
}

/** `14:05`. */
export function formatClock(ms: number): string {
  const at = new Date(ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}`
}

/** `14:05` for today, `昨天 14:05`, `11月20日 14:05`. */
export function formatMoment(ms: number, language: Language = 'zh-CN', nowMs: number = Date.now()): string {
  const day = dayOf(ms)
  const now = dayOf(nowMs)
  const days = daysBetween(day, now)
  const clock = formatClock(ms)
  if (days === 0) return clock
  if (days === 1) return `${relativeDay(day, language, now)} ${clock}`
  const parts = partsOf(day)
  if (!parts) return clock
  const sameYear = day.slice(0, 4) === now.slice(0, 4)
  if (language === 'en') {
    return `${parts.day} ${MONTHS_EN[parts.month - 1]}${sameYear ? '' : ` ${parts.year}`} ${clock}`
  }
  return `${sameYear ? '' : `${parts.year}年`}${parts.month}月${parts.day}日 ${clock}`
}

/** `3 分钟`, `2 小时`, `4 天`: how long something has lasted or will last. */
export function formatSpan(ms: number, language: Language = 'zh-CN'): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const zh = language !== 'en'
  const said = (n: number, zhUnit: string, enUnit: string): string =>
    zh ? `${n} ${zhUnit}` : `${n} ${enUnit}${n === 1 ? '' : 's'}`
  if (seconds < 60) return said(seconds, '秒', 'second')
  if (seconds < 3_600) return said(Math.ceil(seconds / 60), '分钟', 'minute')
  if (seconds < 172_800) return said(Math.ceil(seconds / 3_600), '小时', 'hour')
  return said(Math.floor(seconds / 86_400), '天', 'day')
}

/** Whole years from birth to today. */
export function ageOn(birth: string, now: string = today()): number | null {
  const [born, at] = [partsOf(birth), partsOf(now)]
  if (!born || !at) return null
  const before = at.month < born.month || (at.month === born.month && at.day < born.day)
  return at.year - born.year - (before ? 1 : 0)
}
