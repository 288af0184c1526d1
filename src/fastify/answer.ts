/** Answers of Nuages as replies of Fastify. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { replacedFields } from '../app/index.ts'
import { chunksOf, discardBody, type HttpResponse, isStreamed, type ResponseBody } from '../http/index.ts'

/** A body as Fastify sends it. */
export function asPayload(reply: FastifyReply, body: ResponseBody): string | Buffer | Readable | null {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (reply.request.method === 'HEAD') {
    // Fastify's own routes for HEAD fail on `null`, make a length of 0 of `undefined`, and read a stream to its end.
    discardBody(body)
    return Readable.from([])
  }
  if (!isStreamed(body) || body instanceof Readable) return body
  return Readable.from({ [Symbol.asyncIterator]: () => chunksOf(body) })
}

/**
 * Sends an answer of Nuages, what a view or `fileResponse` gives. Header fields and cookies that the reply has already stay, where the
 * answer has none of its own.
 *
 * `return sendAnswer(reply, await serveMedia(request.nuages, { name }))`
 */
export function sendAnswer(reply: FastifyReply, answer: HttpResponse): FastifyReply {
  setHead(reply, answer)
  return reply.send(asPayload(reply, answer.body))
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
