/** Sums of money: whole yuan, in units of ten thousand where that is how people say it. */
import type { Language } from './dates'

/** From here on a sum is said in 万元. */
const WAN = 10_000

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `3,600 元`, `1.25 万元`; English `¥12,500`. Exact up to ten yuan above 万. */
export function formatYuan(yuan: number, language: Language = 'zh-CN'): string {
  const sign = yuan < 0 ? '-' : ''
  const sum = Math.abs(Math.trunc(yuan))
  if (language === 'en') return `${sign}¥${grouped(sum)}`
  if (sum < WAN) return `${sign}${grouped(sum)} 元`
  const wan = (sum / WAN).toFixed(2).replace(/\.?0+$/, '')
  const [whole = '0', rest] = wan.split('.')
  return `${sign}${grouped(Number(whole))}${rest ? `.${rest}` : ''} 万元`
}

/** What was typed as a sum: digits with separators, also `1.2万`. `null` where it is none. */
export function parseYuan(typed: string): number | null {
  const found = /^\s*([+-]?)\s*([\d,，]*\.?\d*)\s*(万|元|万元)?\s*$/.exec(typed)
  if (!found) return null
  const digits = (found[2] ?? '').replace(/[,，]/g, '')
  if (digits === '' || digits === '.') return null
  const sum = Number(digits) * (found[3]?.startsWith('万') ? WAN : 1)
  if (!Number.isSafeInteger(Math.round(sum))) return null
  return (found[1] === '-' ? -1 : 1) * Math.round(sum)
}
