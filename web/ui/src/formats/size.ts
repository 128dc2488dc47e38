/** Amounts of data. */

/** `860 KB`, `3.4 MB`, `1.2 GB`; binary units, as phones count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let amount = bytes / 1_024
  let unit = 0
  while (amount >= 1_000 && unit < units.length - 1) {
    amount /= 1_024
    unit += 1
  }
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`
}
