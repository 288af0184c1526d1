/**
 * `nuages/app`: an application.
 *
 * Start with `createApp({ settings, urls })`; serve it with `nuages/node`, or mount `app.fetch`.
 *
 * @module
 */
export { type OpenapiViewOptions, openapiView } from './api.ts'
export { App, type AppOptions, type AppRoute, type AppView, createApp } from './app.ts'
export {
  admit,
  type Completion,
  complete,
  type EmbedOptions,
  type ForeignHead,
  isUntouched,
  refuseStranger,
  replacedFields,
} from './embed.ts'
export { directBody, type FetchPeer, onCloseOf } from './fetch-source.ts'
export { healthz, readyz } from './health.ts'
export { type ForeignExchange, IncomingSource } from './incoming-source.ts'
export { serveMedia } from './media.ts'
export { AppRequest } from './request.ts'
