/**
 * What happens at a desk nobody uses: the server ends the session after half an hour, and says so to whoever asks next.
 *
 * Typing a long form is use, although nothing is sent: this tells the server about it. Pages looking for news by
 * themselves are not.
 */

/** The server's bound. */
export const IDLE_MS = 30 * 60_000
/** How long before it the desk says so. */
export const WARN_MS = 3 * 60_000
/** How often use without requests is reported. */
export const REPORT_MS = 5 * 60_000

/** What to do now. */
export type Step = 'nothing' | 'report' | 'warn'

/** Judged by when the server last heard of a person here and when the person last touched the desk. */
export function step(nowMs: number, heardMs: number, touchedMs: number): Step {
  const quietMs = nowMs - heardMs
  if (touchedMs > heardMs && quietMs >= REPORT_MS) return 'report'
  return quietMs >= IDLE_MS - WARN_MS ? 'warn' : 'nothing'
}
