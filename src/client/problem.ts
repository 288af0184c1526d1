/**
 * Problem details (RFC 9457) as errors.
 */

/** The part of an openapi-fetch middleware that sees responses. */
export interface ResponseMiddleware {
  onResponse(context: { readonly response: Response }): Promise<undefined>
}

interface ProblemFields {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string | null
  readonly errors: Readonly<Record<string, readonly string[]>>
}

/** An answer of 400 and above. Its message is the detail, or the status in words. */
export class ApiProblem extends Error implements ProblemFields {
  override readonly name = 'ApiProblem'
  readonly status: number
  /** The stable name: `'forms/invalid'`. `'unknown'` when the answer is no problem details, as one of a proxy on the way. */
  readonly code: string
  readonly title: string
  readonly detail: string | null
  /** Messages by field; empty unless the input was refused. */
  readonly errors: Readonly<Record<string, readonly string[]>>
  /** Its header fields: `Retry-After` and the like. The body has been read. */
  readonly response: Response
  constructor(fields: ProblemFields, response: Response) {
    super(fields.detail ?? fields.title)
    this.status = fields.status
    this.code = fields.code
    this.title = fields.title
    this.detail = fields.detail
    this.errors = fields.errors
    this.response = response
  }
}

/** Throws each answer of 400 and above, so that `data` is always there. */
export function throwProblems(): ResponseMiddleware {
  return {
    async onResponse({ response }) {
      if (response.status >= 400) throw await problemFrom(response)
      return undefined
    },
  }
}

/** The problem that a response is, whatever its body is. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const { code, title, detail, errors } = await bodyOf(response)
  const fields = {
    status: response.status,
    code: typeof code === 'string' ? code : 'unknown',
    title: typeof title === 'string' ? title : response.statusText || `Status ${response.status}`,
    detail: typeof detail === 'string' ? detail : null,
    errors: toErrors(errors),
  }
  return new ApiProblem(fields, response)
}

async function bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/problem\+json\b/i.test(type)) return {}
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    // Cut off on the way: the status says enough.
    return {}
  }
}

/** Without a prototype: the names of the fields are the server's. */
function toErrors(value: unknown): Readonly<Record<string, readonly string[]>> {
  const errors: Record<string, readonly string[]> = Object.create(null)
  if (typeof value !== 'object' || value === null) return errors
  for (const [field, messages] of Object.entries(value))
    if (Array.isArray(messages)) errors[field] = messages.filter(message => typeof message === 'string')
  return errors
}
