/**
 * Whether an answer is as its operation declares it: for tests.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkInput } from '../forms/index.ts'
import { HttpResponse } from '../http/index.ts'
import type { AnswerDeclaration, OperationDeclaration } from './operation.ts'
import type { ViewResult } from './view.ts'

/** An answer that breaks its own declaration: a bug of the view, or of the declaration. */
export class UndeclaredAnswer extends Error {
  override readonly name = 'UndeclaredAnswer'
}

/** @throws {UndeclaredAnswer} */
export async function checkAnswer(response: ViewResult, declaration: OperationDeclaration): Promise<void> {
  const { responses, problems } = declaration
  const { status } = response
  if (responses === undefined || status === 304 || (problems !== undefined && Object.hasOwn(problems, status))) return
  if (!Object.hasOwn(responses, status))
    throw new UndeclaredAnswer(`The status ${status} is not declared, only ${Object.keys(responses).join(', ')}.`)
  const declared = responses[status] as AnswerDeclaration
  const body = response instanceof HttpResponse ? response.body : await response.clone().text()
  if (declared === null) return requireEmpty(body)
  if ('contentType' in declared) return requireType(response.headers.get('content-type') ?? '', declared.contentType)
  await checkData(body, declared, status)
}

function requireEmpty(body: unknown): void {
  if (body === null || body === '') return
  // The envelope around nothing.
  if (typeof body === 'string' && isEmptyEnvelope(body)) return
  throw new UndeclaredAnswer('The answer has a body, and none is declared.')
}

function isEmptyEnvelope(body: string): boolean {
  return body.startsWith('{"code":0,') && body.endsWith(',"data":null}')
}

function requireType(found: string, declared: string): void {
  const type = found.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const [kind] = declared.split('/')
  if (type === declared || (declared.endsWith('/*') && type.startsWith(`${kind}/`))) return
  throw new UndeclaredAnswer(`The answer is ${type || 'of no type'}, and ${declared} is declared.`)
}

async function checkData(body: unknown, schema: StandardSchemaV1, status: number): Promise<void> {
  let envelope: unknown
  try {
    envelope = JSON.parse(String(body))
  } catch {
    throw new UndeclaredAnswer(`The answer ${status} is not JSON.`)
  }
  const data = (envelope as { readonly data?: unknown } | null)?.data
  const { errors } = await checkInput(schema, data)
  if (errors === null) return
  const faults = Object.entries(errors).map(([field, messages]) => `${field}: ${messages.join(' ')}`)
  throw new UndeclaredAnswer(`The answer ${status} is not as declared. ${faults.join('; ')}`)
}
