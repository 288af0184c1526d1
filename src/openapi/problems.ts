/**
 * Problems (RFC 9457) in the description: what refuses a request before, or in place of, the view's own answer.
 */
import { statusTitle } from '../http/index.ts'
import type { OperationDeclaration } from '../views/index.ts'
import type { Reference, ResponseObject, SchemaObject } from './document.ts'

const problemType = 'application/problem+json'

export const problemSchemas: Readonly<Record<'Problem' | 'ValidationProblem', SchemaObject>> = {
  Problem: {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    properties: {
      status: { type: 'integer', description: 'The status of the answer.' },
      title: { type: 'string', description: 'The status in words.' },
      code: { type: 'string', description: 'A stable name, for programs.' },
      detail: { type: 'string', description: 'What happened this time, for a person to read.' },
      errors: {
        type: 'object',
        description: 'What is wrong, by field; under `__all__` what belongs to no one field.',
        additionalProperties: { type: 'array', items: { type: 'string' } },
      },
    },
    required: ['status', 'title', 'code'],
  },
  ValidationProblem: {
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    type: 'object',
    description: 'Problem details (RFC 9457) of input that the schema refuses.',
    required: ['errors'],
    examples: [
      {
        status: 422,
        title: 'Unprocessable Content',
        code: 'forms/invalid',
        detail: 'Some of the values are missing or wrong.',
        errors: { quantity: ['The quantity must be a whole number from 1 to 10.'] },
      },
    ],
  },
}

/** Why a request can end in a status, whatever the view does. */
interface Refusal {
  readonly component: string
  readonly description: string
}

const refusals: Readonly<Record<number, Refusal>> = {
  400: { component: 'MalformedBody', description: 'The body is not what its type says: `http/malformed-body`.' },
  401: { component: 'NotLoggedIn', description: 'Nobody is logged in: `not_logged_in`.' },
  403: {
    component: 'Forbidden',
    description: 'Not allowed: `permission_denied`; or the CSRF check failed: `csrf_failed`.',
  },
  413: { component: 'TooLarge', description: 'The body is too large: `http/body-too-large`, `http/file-too-large`.' },
  415: {
    component: 'UnsupportedMediaType',
    description:
      'The type of the body is not one of those listed: `http/unsupported-media-type`, `forms/file-type-refused`.',
  },
  422: {
    component: 'Invalid',
    description: 'Some of the values are missing or wrong: `forms/invalid`, with `errors` by field.',
  },
}

const anyProblem: Refusal = { component: 'Problem', description: 'Any other problem.' }
const retryAfter = {
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 0 } },
}

/** The responses that operations share, as components. */
export const problemResponses: Readonly<Record<string, ResponseObject>> = Object.fromEntries(
  [...Object.entries(refusals), ['0', anyProblem] as const]
    .map(([status, { component, description }]) => [component, problemResponse(Number(status), description)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1)),
)

function problemResponse(status: number, description: string): ResponseObject {
  const schema = status === 422 ? 'ValidationProblem' : 'Problem'
  return {
    description,
    ...((status === 429 || status === 503) && { headers: retryAfter }),
    content: { [problemType]: { schema: { $ref: `#/components/schemas/${schema}` } } },
  }
}

export interface OperationProblems {
  readonly declaration: OperationDeclaration
  /** True when the CSRF check looks at it. */
  readonly isCsrfChecked: boolean
}

/** The problems of an operation by status: those it declares, those that its access, query, body and method bring, and any other. */
export function problemsOf(operation: OperationProblems): Readonly<Record<string, ResponseObject | Reference>> {
  const { problems = {} } = operation.declaration
  const found: Record<string, ResponseObject | Reference> = {}
  const generic = genericStatuses(operation)
  // Keys that are whole numbers come in their order, whatever the order they are added in.
  for (const status of generic) found[status] = { $ref: `#/components/responses/${refusals[status]?.component}` }
  for (const [status, meaning] of Object.entries(problems)) {
    const refusal = generic.has(Number(status)) ? refusals[Number(status)] : undefined
    const own = meaning === '' ? statusTitle(Number(status)) : meaning
    found[status] = problemResponse(Number(status), refusal === undefined ? own : `${own} ${refusal.description}`)
  }
  return { ...found, default: { $ref: `#/components/responses/${anyProblem.component}` } }
}

function genericStatuses({ declaration, isCsrfChecked }: OperationProblems): ReadonlySet<number> {
  const { access = 'anyone', query, body, files } = declaration
  const statuses = new Set<number>()
  if (access !== 'anyone') statuses.add(401)
  if (isCsrfChecked || (access !== 'anyone' && access !== 'user')) statuses.add(403)
  if (query !== undefined || body !== undefined) statuses.add(422)
  if (body !== undefined || files !== undefined) for (const status of [400, 413, 415]) statuses.add(status)
  return statuses
}
