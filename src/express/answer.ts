import type { Response } from 'express'
import { chunksOf, discardBody, type HttpResponse, type StreamedBody } from '../http/index.ts'

/** Where the bytes of an answer go: the response itself, or what lies behind its gate. */
export interface Sink {
  write(chunk: Uint8Array): boolean
  end(body?: string | Uint8Array): void
}

/**
 * Sends an answer of Nuages, what a view or `fileResponse` gives. Header fields and cookies that the response has already stay, where the
 * answer has none of its own. Resolves when all of it is written; rejects when its stream fails.
 *
 * `await sendAnswer(res, await serveMedia(req.nuages, { name }))`
 */
export function sendAnswer(res: Response, answer: HttpResponse): Promise<void> {
  return writeAnswer(res, answer, { write: chunk => res.write(chunk), end: body => void res.end(body) })
}

/** The same, into `sink`. */
export async function writeAnswer(res: Response, answer: HttpResponse, sink: Sink): Promise<void> {
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
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) sink.end(body ?? undefined)
  else if (res.req.method === 'HEAD') {
    discardBody(body)
    sink.end()
  } else await writeStream(res, body, sink)
}

/** Pulls the next chunk only when the socket takes more; stops the source when the client goes away. */
async function writeStream(res: Response, body: StreamedBody, sink: Sink): Promise<void> {
  if (res.destroyed) {
    discardBody(body)
    return
  }
  const chunks = chunksOf(body)
  let goOn = (): void => {}
  const wake = (): void => goOn()
  const stop = (): void => {
    chunks.return()
    goOn()
  }
  res.on('drain', wake).on('close', stop)
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      if (!sink.write(next.value)) await new Promise<void>(resolve => (goOn = resolve))
    }
    if (!res.destroyed) sink.end()
  } finally {
    chunks.return()
    res.off('drain', wake).off('close', stop)
  }
}
