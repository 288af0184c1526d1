/**
 * The plugin: gives each request its `request.nuages`, and saves before the head of the answer goes out.
 *
 * Owns the hooks. Leaves answers to ./answer.ts.
 */
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import {
  type App,
  type AppOptions,
  AppRequest,
  admit,
  complete,
  createApp,
  type EmbedOptions,
  IncomingSource,
  isUntouched,
} from '../app/index.ts'
import type { HttpRequest } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { asPayload, discardPayload, replaceHead, sendAnswer, textOf, unwrapResponse } from './answer.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Session, user and CSRF state of this request; there from the plugin's `onRequest` on. */
    nuages: HttpRequest
  }
}

/** Options of the plugin. */
export interface NuagesPluginOptions extends EmbedOptions<FastifyRequest> {
  /** From `createApp`; yours to close. */
  readonly app: App
}

/** A plugin with the app it made. */
export type NuagesPlugin = FastifyPluginCallback & { readonly app: App }

/** What `fastify-plugin` sets: the hooks and `request.nuages` are for the whole scope that registers the plugin. */
const pluginMarks = marksOf('nuages')

/**
 * Gives every request `request.nuages`. Nothing is loaded before somebody asks for it.
 *
 * A host that is not in `ALLOWED_HOSTS` is answered with 400, an unsafe request that another site made with 403.
 */
export const nuagesPlugin: FastifyPluginCallback<NuagesPluginOptions> = Object.assign(
  (fastify: FastifyInstance, options: NuagesPluginOptions, done: () => void): void => {
    install(fastify, options)
    done()
  },
  pluginMarks,
)

/** The plugin from settings alone. Its `app` creates the tables (`migrate`) and has the accounts (`users`); it closes with the server. */
export function nuagesSessions(
  settings: Settings,
  options: EmbedOptions<FastifyRequest> & Omit<AppOptions, 'settings' | 'urls' | 'middleware'> = {},
): NuagesPlugin {
  const app = createApp({ ...options, settings, urls: [] })
  const { csrfExempt } = options
  const plugin: FastifyPluginCallback = (fastify, _options, done) => {
    install(fastify, csrfExempt === undefined ? { app } : { app, csrfExempt })
    fastify.addHook('onClose', () => app.close())
    done()
  }
  return Object.assign(plugin, pluginMarks, { app })
}

/** Forms, and the chunks of `nuages/tus`. */
const uploadTypes = ['multipart/form-data', 'application/x-www-form-urlencoded', 'application/offset+octet-stream']

/**
 * Leaves forms and uploads unread, for `request.nuages`, in the scope that registers it. Fastify refuses with 415 what no parser takes, and
 * routes for JSON rely on that; types that have a parser there keep it.
 *
 * `scope.register(nuagesUploads)`
 */
export const nuagesUploads: FastifyPluginCallback = Object.assign(
  (fastify: FastifyInstance, _options: object, done: () => void): void => {
    for (const type of uploadTypes)
      if (!fastify.hasContentTypeParser(type)) fastify.addContentTypeParser(type, (_request, _body, pass) => pass(null))
    done()
  },
  marksOf('nuages-uploads'),
)

function marksOf(name: string): object {
  return {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '5.x' },
  }
}

function install(fastify: FastifyInstance, { app, csrfExempt }: NuagesPluginOptions): void {
  /** This plugin's own: a second one, registered deeper, takes over `request.nuages`. */
  const own = Symbol('nuages')
  type Own = { [own]: AppRequest }
  const isExempt = (request: FastifyRequest) => (): boolean => csrfExempt?.(request) === true
  fastify.decorateRequest(own, null as never)
  if (!fastify.hasRequestDecorator('nuages')) fastify.decorateRequest('nuages', null as never)

  const pass = (reply: FastifyReply, request: AppRequest, check: () => Awaitable<void>, done: () => void): void => {
    const refuse = async (error: unknown): Promise<void> => void sendAnswer(reply, await app.answer(request, error))
    try {
      const checked = check()
      if (checked === undefined) done()
      else checked.then(done, refuse)
    } catch (error) {
      void refuse(error)
    }
  }

  fastify.addHook('onRequest', (request, reply, done) => {
    const made = createRequest(app, request, reply)
    request.nuages = made
    ;(request as unknown as Own)[own] = made
    pass(reply, made, () => admit(made, awaitsForm(made) ? () => true : isExempt(request)), done)
  })

  fastify.addHook('preValidation', (request, reply, done) => {
    const made = (request as unknown as Own)[own]
    if (awaitsForm(made)) pass(reply, made, () => admit(made, isExempt(request)), done)
    else done()
  })

  fastify.addHook('onSend', (request, reply, payload, done) => {
    const made = (request as unknown as Own)[own] as AppRequest | null
    if (made === null || isUntouched(made)) done(null, payload)
    else send(made, reply, payload).then(ready => done(null, ready), done)
  })
}

function createRequest(app: App, request: FastifyRequest, reply: FastifyReply): AppRequest {
  const source = new IncomingSource({
    incoming: request.raw,
    outgoing: reply.raw,
    target: request.originalUrl,
    parsedBody: () => request.body,
  })
  return new AppRequest(source, app)
}

/** True when only the token of a form can decide: the form has to be parsed first. */
function awaitsForm({ headers, contentType: { type } }: AppRequest): boolean {
  if (type !== 'application/x-www-form-urlencoded' && type !== 'multipart/form-data') return false
  return !headers.has('sec-fetch-site') && !headers.has('origin') && headers.has('cookie')
}

async function send(request: AppRequest, reply: FastifyReply, sent: unknown): Promise<unknown> {
  const payload = unwrapResponse(reply, sent)
  const vary = textOf(reply.getHeader('vary'))
  const cacheControl = textOf(reply.getHeader('cache-control'))
  const { fields, cookies, instead } = await complete(request, { status: reply.statusCode, vary, cacheControl })
  if (instead !== null) {
    discardPayload(payload)
    replaceHead(reply, instead)
    return asPayload(reply, instead.body)
  }
  for (const [name, value] of fields) reply.header(name, value)
  for (const cookie of cookies) reply.header('set-cookie', cookie)
  return payload
}
