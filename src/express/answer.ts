import { once } from 'node:events'
import type { Response } from 'express'
import { discardBody, type HttpResponse } from '../http/index.ts'

/** Where the bytes of an answer go: the response itself, or what lies behind its gate. */
export interface Sink {
  write(chunk: Uint8Array): boolean
  end(body?: string | Uint8Array): void
}

/** Sends an answer of Nuages; fields that the response has already stay, where the answer has none of its own. */
export async function sendAnswer(res: Response, answer: HttpResponse, sink: Sink = sinkOf(res)): Promise<void> {
  const { body } = answer
  if (res.headersSent) {
    discardBody(body)
    return
  }
  res.statusCode = answer.status
  const vary = res.getHeader('Vary')
  for (const field of String(vary ?? '').split(',')) if (field.trim() !== '') answer.headers.vary(field.trim())
  for (const [name, value] of answer.headers) res.setHeader(name, value)
  for (const cookie of answer.setCookies) res.appendHeader('Set-Cookie', cookie)
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    sink.end(body ?? undefined)
    return
  }
  for await (const chunk of body) {
    if (res.destroyed) return
    if (!sink.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  sink.end()
}

function sinkOf(res: Response): Sink {
  return { write: chunk => res.write(chunk), end: body => void res.end(body) }
}
