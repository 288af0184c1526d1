/**
 * The middleware: Nuages's request before the handler, its session after it.
 *
 * Owns the order, and what an error becomes. Leaves reading to ./source.ts and writing to ./answer.ts.
 */
import type { Context, MiddlewareHandler } from 'hono'
import {
  type App,
  type AppOptions,
  type AppRequest,
  admit,
  complete,
  createApp,
  type EmbedOptions,
  isUntouched,
} from '../app/index.ts'
import { type HttpRequest, toResponse } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { addToAnswer, headOf, releaseAfter, replaceAnswer } from './answer.ts'
import { peerAddress, requestOf } from './source.ts'

/** What the middleware adds to a context. In a chain it is inferred; else write `new Hono<NuagesEnv>()`. */
export interface NuagesEnv {
  Variables: {
    /** This request, as Nuages sees it: `session`, `user`, `csrf`, `validate`. */
    nuages: HttpRequest
  }
}

export interface NuagesOptions extends EmbedOptions<Context> {
  /**
   * The peer's address, for throttling and `TRUSTED_PROXIES`: `c => getConnInfo(c).remote.address ?? null` of Hono's
   * adapter for your runtime. Default: that of the socket on `@hono/node-server`, elsewhere `null`.
   */
  readonly ip?: (c: Context) => string | null
}

/** The middleware, with the app it made. */
export type NuagesHandler = MiddlewareHandler<NuagesEnv> & { readonly app: App }

/**
 * Gives each request `c.var.nuages`. Put it before the handlers, and outside layers that make 304 of an answer.
 *
 * Refuses a host that `ALLOWED_HOSTS` does not name, and unsafe requests that another site made, before any handler runs.
 * Saves the session when the answer is there, before its head goes out. A request that asks for nothing costs nothing.
 *
 * An `HttpError` that `app.onError` answers with 500, as Hono's own does, becomes the answer it stands for.
 */
export function nuagesMiddleware(nuages: App, options: NuagesOptions = {}): NuagesHandler {
  const { csrfExempt, ip = peerAddress } = options
  const handler: MiddlewareHandler<NuagesEnv> = async (c, next) => {
    const outer: HttpRequest | undefined = c.get('nuages')
    // Mounted twice on the way to one handler: two requests would open the session twice, and collide.
    if (outer?.app === nuages) return next()
    const request = requestOf(c, nuages, ip(c))
    c.set('nuages', request)
    try {
      const refusal = await refusalOf(request, () => csrfExempt?.(c) === true)
      if (refusal === null) await next()
      else c.res = refusal
      await afterHandler(c, request)
    } catch (error) {
      await request.release()
      throw error
    }
    if (request.contentType.type === 'multipart/form-data') await releaseAfter(c, request)
    if (outer !== undefined) c.set('nuages', outer)
  }
  return Object.assign(handler, { app: nuages })
}

/** The middleware from settings alone. Its `app` creates the tables (`migrate`), has the accounts (`users`), and is yours to close. */
export function nuagesSessions(
  settings: Settings,
  options: NuagesOptions & Omit<AppOptions, 'settings' | 'urls' | 'middleware'> = {},
): NuagesHandler {
  return nuagesMiddleware(createApp({ ...options, settings, urls: [] }), options)
}

/** The answer to a request that no handler may see; `null` for others. */
async function refusalOf(request: AppRequest, isExempt: () => boolean): Promise<Response | null> {
  try {
    await admit(request, isExempt)
    return null
  } catch (error) {
    return toResponse(await request.app.answer(request, error), request.method)
  }
}

async function afterHandler(c: Context, request: AppRequest): Promise<void> {
  if (c.error instanceof HttpError && c.res.status === 500)
    replaceAnswer(c, toResponse(await request.app.answer(request, c.error), request.method))
  if (isUntouched(request)) return
  const { fields, cookies, instead } = await complete(request, headOf(c))
  if (instead === null) addToAnswer(c, fields, cookies)
  else replaceAnswer(c, toResponse(instead, request.method))
}
