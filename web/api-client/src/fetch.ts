/**
 * One request to the server, with everything every request needs: the mark of this site's own pages, the language of
 * refusals, a bound on waiting, and the two answers a person can turn around.
 *
 * `signed_out` and `step_up_needed` are not failures of what was asked: the person proves who they are, and the very
 * same request is sent again. Whoever declines gets the refusal as it was.
 */
import { ApiProblem } from './problem'

/** What the application does when the server wants to know who asks. Each resolves to whether it was proven. */
export interface Doors {
  /** The session has ended. */
  signIn(): Promise<boolean>
  /** The decision needs the identity confirmed. */
  stepUp(): Promise<boolean>
  /** Language of the texts in refusals, as in `Accept-Language`. */
  language(): string
  /** The server has answered a request that keeps the session alive. */
  used?(): void
}

/** Longest time a call waits; the server gives up on its own after 30 s. */
const CALL_MS_MAX = 40_000

/** Header of requests nobody asked for; they do not keep the session alive. */
export const BACKGROUND = 'x-qiao-background'

async function codeOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return ''
  const body: unknown = await response.clone().json()
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : ''
}

async function send(request: Request): Promise<Response> {
  // `AbortSignal.any` would do, but the last Chrome for Windows 7 does not have it.
  const patience = new AbortController()
  const giveUp = (): void => patience.abort()
  const timer = setTimeout(giveUp, CALL_MS_MAX)
  request.signal.addEventListener('abort', giveUp)
  try {
    return await fetch(request, { signal: patience.signal })
  } catch {
    if (request.signal.aborted) throw new ApiProblem({ code: 'aborted', status: 0 })
    throw new ApiProblem({ code: 'unreachable', status: 0 })
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', giveUp)
  }
}

/** The `fetch` of the client. */
export function guardedFetch(doors: Doors): (request: Request) => Promise<Response> {
  return async (original) => {
    const headers = new Headers(original.headers)
    headers.set('x-qiao-csrf', '1')
    headers.set('accept-language', doors.language())
    const request = new Request(original, { headers, credentials: 'same-origin', cache: 'no-store' })
    const background = headers.has(BACKGROUND)
    // At most both doors in a row: signing in again may be followed by confirming the identity.
    for (let turns = 0; ; turns += 1) {
      const response = await send(request.clone())
      if (!background && response.status !== 401) doors.used?.()
      if (turns === 2 || (response.status !== 401 && response.status !== 403)) return response
      const code = await codeOf(response)
      const proven =
        code === 'signed_out'
          ? await doors.signIn()
          : code === 'step_up_needed' && !background
            ? await doors.stepUp()
            : false
      if (!proven) return response
    }
  }
}
