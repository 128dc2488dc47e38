/** What went wrong, in the reader's language. */
import { ClientError, type Problem } from '@qiao/sync-client'

/** The device's words for it. */
export function problemText(problem: Problem, locale: string): string {
  return locale === 'en' ? problem.en : problem.zh
}

/** The problem of a failed call; anything else is a fault of the app and has none. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof ClientError) return error.problem
  // An error that crossed from the worker keeps its fields but not its class.
  const problem = (error as { problem?: Problem } | null)?.problem
  return problem && typeof problem.code === 'string' ? problem : null
}
