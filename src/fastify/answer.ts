/** Answers of Nuages as replies of Fastify. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { replacedFields } from '../app/index.ts'
import { discardBody, type HttpResponse, type ResponseBody } from '../http/index.ts'

/** A body as Fastify sends it. */
export function asPayload(body: ResponseBody): string | Buffer | Readable | null {
  if (body === null || typeof body === 'string') return body
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Readable.from(body)
}

/** Sends an answer of Nuages; fields that the reply has already stay, where the answer has none of its own. */
export function sendAnswer(reply: FastifyReply, answer: HttpResponse): FastifyReply {
  setHead(reply, answer)
  return reply.send(asPayload(answer.body))
}

/** Puts the head of another answer in the place of this one. */
export function replaceHead(reply: FastifyReply, answer: HttpResponse): void {
  for (const name of replacedFields) reply.removeHeader(name)
  setHead(reply, answer)
}

function setHead(reply: FastifyReply, answer: HttpResponse): void {
  reply.code(answer.status)
  for (const field of (textOf(reply.getHeader('vary')) ?? '').split(','))
    if (field.trim() !== '') answer.headers.vary(field.trim())
  for (const [name, value] of answer.headers) reply.header(name, value)
  for (const cookie of answer.setCookies) reply.header('set-cookie', cookie)
}

/** A web `Response` gives the reply its status and fields now: only then is known what is saved, and what stands in `Vary`. */
export function unwrapResponse(reply: FastifyReply, payload: unknown): unknown {
  if (!(payload instanceof Response) || payload.bodyUsed) return payload
  reply.code(payload.status)
  for (const [name, value] of payload.headers) reply.header(name, value)
  return payload.body
}

/** Lets go of a stream that will not be sent. */
export function discardPayload(payload: unknown): void {
  if (payload instanceof ReadableStream || payload instanceof Readable) discardBody(payload)
}

/** The value of a header field, which may be a list. */
export function textOf(value: number | string | readonly string[] | undefined): string | null {
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
}
