/** What went wrong with a call, in a form screens can act on and put into words. */

/** What is wrong with one field. */
export interface FieldProblem {
  /** JSON pointer into the request, such as `/places/0`. */
  field: string
  /** `required`, `too_long`, `bad_id`, `unknown`, `taken`, `not_allowed`, `bad_value`. */
  code: string
}

/**
 * A call that did not succeed. `title` and `detail` are the server's own words in the language asked for; the codes
 * `unreachable` and `unreadable` are this side's and come without words.
 */
export class ApiProblem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly fields: FieldProblem[]
  readonly requestId: string
  /** Seconds to wait before trying again; 0 for "not by waiting". */
  readonly retryAfterS: number

  constructor(said: {
    code: string
    status: number
    title?: string
    detail?: string
    fields?: FieldProblem[]
    requestId?: string
    retryAfterS?: number
  }) {
    super(said.code)
    this.name = 'ApiProblem'
    this.code = said.code
    this.status = said.status
    this.title = said.title ?? ''
    this.detail = said.detail ?? ''
    this.fields = said.fields ?? []
    this.requestId = said.requestId ?? ''
    this.retryAfterS = said.retryAfterS ?? 0
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Reads problem details. Anything else that failed, such as a proxy's page, becomes `unreadable`. */
export function problemOf(body: unknown, status: number, headers: Headers): ApiProblem {
  const retryAfterS = Number(headers.get('retry-after')) || 0
  if (typeof body !== 'object' || body === null || !('code' in body)) {
    return new ApiProblem({ code: 'unreadable', status, retryAfterS })
  }
  const said = body as Record<string, unknown>
  const errors = Array.isArray(said.errors) ? (said.errors as Record<string, unknown>[]) : []
  return new ApiProblem({
    code: text(said.code),
    status,
    title: text(said.title),
    detail: text(said.detail),
    fields: errors.map((one) => ({ field: text(one.field), code: text(one.code) })),
    requestId: text(said.request_id),
    retryAfterS,
  })
}

/** The problem behind anything thrown by a call. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  return new ApiProblem({ code: 'unexpected', status: 0 })
}
