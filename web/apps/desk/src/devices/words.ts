/** A clock's error in words: nothing said below a minute. */
export function skewText(
  skewMs: number,
  span: (ms: number) => string,
  t: (key: string, named: Record<string, unknown>) => string,
): string {
  if (Math.abs(skewMs) < 60_000) return t('devices.clockRight', {})
  return t(skewMs > 0 ? 'devices.clockFast' : 'devices.clockSlow', { span: span(Math.abs(skewMs)) })
}
