/**
 * What one method of a view takes and answers, declared once: checked when requests come, typed in the handler, described to programs.
 *
 * Owns the order of the checks: who may, what the path names, the query, the body. Leaves the description to `nuages/openapi`.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type PermissionName, requirePermission, requireStaff, requireUser } from '../auth/index.ts'
import { type CheckedFiles, checkInput, type FileRules, ValidationError } from '../forms/index.ts'
import { type HttpRequest, HttpResponse } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { checkAnswer } from './answer-check.ts'
import { responseSuccess } from './envelope.ts'
import type { ViewResult } from './view.ts'

/** An answer: the schema of its data in the envelope, another type of content, or `null` for none. */
export type AnswerDeclaration = StandardSchemaV1 | { readonly contentType: string } | null

/** Who may: everybody, who is logged in, staff, who has a permission (or all of several), or what a function does not throw for. */
export type Access =
  | 'anyone'
  | 'user'
  | 'staff'
  | { readonly permission: PermissionName | readonly PermissionName[] }
  | ((request: HttpRequest) => Awaitable<unknown>)

/** Header fields by name: what each is for, and whether it is always there. */
export type HeaderDeclarations = Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>

/** What a method of a view takes and answers. */
export interface OperationDeclaration {
  /** A few words; in the description the name of the method. */
  readonly summary?: string
  /** Markdown. */
  readonly description?: string
  /** Its name in programs. Default: made of method and route. */
  readonly operationId?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  /** Default: `'anyone'`. */
  readonly access?: Access
  /**
   * What the path names, looked up before query and body are looked at: 404, who may have just this, preconditions (412). The handler gets
   * it as `found`.
   */
  readonly find?: (request: HttpRequest, params: never) => Awaitable<unknown>
  /** The fields of the query string: texts, or lists of texts for repeated names. */
  readonly query?: StandardSchemaV1
  /** The body, JSON or form. */
  readonly body?: StandardSchemaV1
  /** The files of a multipart form, beside the body's fields. */
  readonly files?: FileRules
  /** Header fields of the request that the handler heeds. Only the description tells of them: nothing is checked. */
  readonly requestHeaders?: HeaderDeclarations
  /** Header fields that each answer below 400 has. Only the description tells of them. */
  readonly responseHeaders?: HeaderDeclarations
  /** Answers by status. Default: `{ 200: … }` of anything. */
  readonly responses?: Readonly<Record<number, AnswerDeclaration>>
  /** Problems that it answers with on purpose: what they mean, by status. */
  readonly problems?: Readonly<Record<number, string>>
}

type Checked<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : undefined

type Find = NonNullable<OperationDeclaration['find']>

/** What a handler is given: what `find` found, the query and the body as the schemas type them, the files beside the body's fields. */
export interface OperationInput<Declared extends OperationDeclaration> {
  readonly found: Declared['find'] extends Find ? Awaited<ReturnType<Declared['find']>> : undefined
  readonly query: Checked<Declared['query']>
  readonly body: Declared['files'] extends FileRules
    ? Checked<Declared['body']> & CheckedFiles<Declared['files']>
    : Checked<Declared['body']>
}

/** What `find` asks of the path. */
type FindParams<Found> = Found extends (request: never, params: infer Params) => unknown ? Params : unknown

type DataOf<Responses> = {
  [Status in keyof Responses]: Responses[Status] extends StandardSchemaV1
    ? StandardSchemaV1.InferInput<Responses[Status]>
    : Responses[Status] extends null
      ? // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing returns nothing
        null | undefined | void
      : never
}[keyof Responses]

/** What a handler answers: an answer, or data of a declared one, which goes into the envelope. */
export type OperationResult<Declared extends OperationDeclaration> =
  | ViewResult
  | (Declared['responses'] extends object ? DataOf<Declared['responses']> : unknown)

/** A declared handler: a view, or a method of a `View` or `Resource`. */
export interface Operation<in Params = unknown> {
  (request: HttpRequest, params: Params): Promise<ViewResult>
  readonly declaration: OperationDeclaration
}

/**
 * Declares a handler.
 *
 * ```ts no-run
 * class ProductList extends View {
 *   post = operation(
 *     { summary: 'Add a product', access: 'staff', body: NewProduct, responses: { 201: Product } },
 *     (request, params, { body }) => addProduct(request.app, body), // data goes into the envelope, with the first status declared
 *   )
 * }
 * ```
 *
 * It answers 401 and 403 by `access`, 422 for a query or body that its schema refuses. With `DEBUG`, and under the client for tests, an answer
 * that is not as declared is a bug: 500.
 */
export function operation<const Declared extends OperationDeclaration, Params = unknown>(
  declaration: Declared,
  handler: (
    request: HttpRequest,
    params: Params,
    input: OperationInput<Declared>,
  ) => Awaitable<OperationResult<Declared>>,
): Operation<Params & FindParams<Declared['find']>> {
  const run = async (request: HttpRequest, params: Params): Promise<ViewResult> => {
    await requireAccess(request, declaration.access)
    const found = declaration.find && (await declaration.find(request, params as never))
    const query = declaration.query && (await readQuery(request, declaration.query))
    const body = declaration.body && (await readBody(request, declaration.body, declaration.files))
    const result = await handler(request, params, { found, query, body } as OperationInput<Declared>)
    const response = answer(result, declaration)
    if (request.checksAnswers) await checkAnswer(response, declaration)
    return response
  }
  return Object.assign(run, { declaration })
}

/** @throws {NotLoggedIn} with status 401, {PermissionDenied} with status 403. */
export async function requireAccess(request: HttpRequest, access: Access = 'anyone'): Promise<void> {
  if (access === 'user') await requireUser(request)
  else if (access === 'staff') await requireStaff(request)
  else if (typeof access === 'function') await access(request)
  else if (access !== 'anyone') await requirePermission(request, ...[access.permission].flat())
}

/** The query string as a schema types it. @throws {ValidationError} with status 422. */
export async function readQuery<Schema extends StandardSchemaV1>(
  request: HttpRequest,
  schema: Schema,
): Promise<StandardSchemaV1.InferOutput<Schema>> {
  const checked = await checkInput(schema, request.GET.toObject())
  if (checked.errors !== null) throw new ValidationError(checked.errors)
  return checked.value
}

function readBody(request: HttpRequest, schema: StandardSchemaV1, files: FileRules | undefined): Promise<unknown> {
  return files === undefined ? request.validate(schema) : request.validate(schema, { files })
}

/** Data becomes the answer of the first success that is declared. */
function answer(result: unknown, { responses = { 200: null } }: OperationDeclaration): ViewResult {
  if (result instanceof HttpResponse || result instanceof Response) return result
  const status =
    Object.keys(responses)
      .map(Number)
      .find(code => code < 300) ?? 200
  if (status === 204) return new HttpResponse(null, { status })
  return responseSuccess(result, { status })
}
