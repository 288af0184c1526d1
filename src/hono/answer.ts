/**
 * Hono's answer, changed after the handler and before it is sent. No body is read.
 */
import type { Context } from 'hono'
import { type ForeignHead, replacedFields } from '../app/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { handled } from '../kit/index.ts'

/** The head as it stands. A handler that returned nothing will be Hono's 500. */
export function headOf(c: Context): ForeignHead {
  if (!c.finalized) return { status: 500, vary: null, cacheControl: null }
  const { status, headers } = c.res
  return { status, vary: headers.get('Vary'), cacheControl: headers.get('Cache-Control') }
}

/**
 * Adds header fields and cookies, to a copy: a handler may answer each visitor with one and the same `Response`, and one's
 * cookie must not go to the next. Those of a `fetch` or of `Response.redirect` could not be changed anyway.
 */
export function addToAnswer(c: Context, fields: Iterable<readonly [string, string]>, cookies: readonly string[]): void {
  if (!c.finalized) {
    for (const [name, value] of fields) c.header(name, value)
    for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
    return
  }
  const changed = [...fields].filter(([name, value]) => c.res.headers.get(name) !== value)
  // A network error, or a socket that speaks another protocol by now: it has no head to add to.
  if (c.res.status < 200 || (changed.length === 0 && cookies.length === 0)) return
  const copy = new Response(c.res.body, c.res)
  for (const [name, value] of changed) copy.headers.set(name, value)
  for (const cookie of cookies) copy.headers.append('Set-Cookie', cookie)
  exchange(c, copy)
}

/** Sends another answer. Lets go of the body that is not sent; fields of other layers (CORS, security) stay. */
export function replaceAnswer(c: Context, answer: Response): void {
  const { body, headers } = c.res
  if (body !== null) handled(body.cancel())
  for (const [name, value] of headers) {
    if (name === 'vary') answer.headers.append(name, value)
    else if (!replacedFields.includes(name) && !answer.headers.has(name)) answer.headers.set(name, value)
  }
  exchange(c, answer)
}

/** Lets the uploaded files of the request go when the answer is out, which may stream one of them. */
export async function releaseAfter(c: Context, request: HttpRequest): Promise<void> {
  if (request.releaseOnClose()) return
  const { body } = c.res
  if (!c.finalized || body === null) return request.release()
  const end = (): Promise<void> => request.release()
  exchange(c, new Response(body.pipeThrough(new TransformStream({ flush: end, cancel: end })), c.res))
}

/** Hono puts the fields of the answer before it into a new one, the replaced ones too, unless that is gone. */
function exchange(c: Context, answer: Response): void {
  c.res = undefined
  c.res = answer
}
