/**
 * What an operation answers when it succeeds, in the description: data in its envelope, other content, nothing.
 */
import type { AnswerDeclaration, OperationDeclaration } from '../views/index.ts'
import type { MediaTypeObject, ResponseObject, SchemaObject } from './document.ts'
import { answerHeaders } from './header-fields.ts'
import type { OperationPiece } from './request-body.ts'

/** The registry's names of the statuses below 400 that views answer with. */
const titles: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
}

export function answersOf(
  { responses, responseHeaders }: OperationDeclaration,
  piece: OperationPiece,
): Readonly<Record<string, ResponseObject>> {
  const headers = answerHeaders(responseHeaders)
  const more = headers === null ? {} : { headers }
  if (responses === undefined) return { 200: { ...inEnvelope('OK', {}), ...more } }
  const found: Record<string, ResponseObject> = {}
  for (const [status, answer] of Object.entries(responses))
    found[status] = { ...answerOf(Number(status), answer, piece), ...more }
  return found
}

function answerOf(status: number, answer: AnswerDeclaration, piece: OperationPiece): ResponseObject {
  const description = titles[status] ?? `Status ${status}`
  if (answer === null) {
    const isBare = status === 204 || status === 205 || (status >= 300 && status < 400)
    return isBare ? { description } : inEnvelope(description, { type: 'null' })
  }
  if ('contentType' in answer)
    return { description, content: { [answer.contentType]: otherContent(answer.contentType) } }
  const name = `${piece.name}Answer`
  return inEnvelope(
    description,
    piece.components.describeAnswer(answer, { name, place: `${piece.place}, answer ${status}` }),
  )
}

function inEnvelope(description: string, data: SchemaObject): ResponseObject {
  const schema = {
    type: 'object',
    properties: { code: { const: 0 }, message: { type: 'string', examples: ['success'] }, data },
    required: ['code', 'message', 'data'],
  }
  return { description, content: { 'application/json': { schema } } }
}

function otherContent(contentType: string): MediaTypeObject {
  if (/[/+]json$/.test(contentType)) return { schema: {} }
  if (contentType.startsWith('text/')) return { schema: { type: 'string' } }
  return { schema: { type: 'string', format: 'binary' } }
}
