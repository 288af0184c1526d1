/**
 * The middleware: gives each request its `req.nuages`.
 *
 * Owns the way in. Leaves the way out to ./head-gate.ts.
 */
import type { Request, RequestHandler, Response } from 'express'
import {
  type App,
  type AppOptions,
  AppRequest,
  admit,
  createApp,
  type EmbedOptions,
  IncomingSource,
} from '../app/index.ts'
import type { HttpRequest } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import { sendAnswer } from './answer.ts'
import { HeadGate } from './head-gate.ts'

declare global {
  namespace Express {
    interface Request {
      /** Session, user and CSRF state of this request; there once `nuagesMiddleware` has run. */
      nuages: HttpRequest
    }
  }
}

/** Options of the middleware. */
export type NuagesOptions = EmbedOptions<Request>

/** The middleware, with the app it made. */
export type NuagesHandler = RequestHandler & { readonly app: App }

/**
 * Gives every request below it `req.nuages`. Nothing is loaded before somebody asks for it.
 *
 * A host that is not in `ALLOWED_HOSTS` is answered with 400, an unsafe request that another site made with 403.
 * Put it behind `express.urlencoded()`, so that the token of a form is found.
 */
export function nuagesMiddleware(app: App, options: NuagesOptions = {}): NuagesHandler {
  const { csrfExempt } = options
  const savesAlways = app.settings.SESSION_SAVE_EVERY_REQUEST
  const handler: RequestHandler = (req, res, next) => {
    if ((req.nuages as HttpRequest | undefined)?.app === app) {
      next()
      return
    }
    const request = createRequest(app, req, res)
    req.nuages = request
    if (savesAlways) void request.session
    const refuse = (error: unknown): Promise<void> =>
      app
        .answer(request, error)
        .then(answer => sendAnswer(res, answer))
        .catch(next)
    try {
      const admitted = admit(request, () => csrfExempt?.(req) === true)
      if (admitted === undefined) next()
      else admitted.then(() => next(), refuse)
    } catch (error) {
      void refuse(error)
    }
  }
  return Object.assign(handler, { app })
}

/** The middleware from settings alone. Its `app` creates the tables (`migrate`), has the accounts (`users`), and is yours to close. */
export function nuagesSessions(
  settings: Settings,
  options: NuagesOptions & Omit<AppOptions, 'settings' | 'urls' | 'middleware'> = {},
): NuagesHandler {
  return nuagesMiddleware(createApp({ ...options, settings, urls: [] }), options)
}

function createRequest(app: App, req: Request, res: Response): AppRequest {
  const source = new IncomingSource({
    incoming: req,
    outgoing: res,
    target: req.originalUrl,
    parsedBody: () => req.body,
  })
  const request: AppRequest = new AppRequest(source, app, () => HeadGate.close(res, request))
  return request
}
