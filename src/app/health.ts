import { HttpResponse } from '../http/index.ts'
import { requireHttpMethods, type ViewFunction } from '../views/index.ts'
import { EventLoopWatch } from './event-loop.ts'

/** The process has one event loop, however many apps. */
const eventLoop = new EventLoopWatch()

/** The process is up: `path('healthz', healthz)`. */
export const healthz: ViewFunction = requireHttpMethods(
  ['GET'],
  () => new HttpResponse('ok\n', { contentType: 'text/plain' }),
)

/**
 * The database answers, and what keeps the sessions; and nothing held up this process for a second or more within the last ten.
 * Otherwise 503: `path('readyz', readyz)`.
 */
export const readyz: ViewFunction = requireHttpMethods(['GET'], async request => {
  const blockedMs = eventLoop.blockedMs()
  await request.app.ping()
  if (blockedMs === 0) return new HttpResponse('ready\n', { contentType: 'text/plain' })
  return new HttpResponse(`the event loop was blocked for ${blockedMs} ms\n`, {
    status: 503,
    contentType: 'text/plain',
    headers: { 'Retry-After': '1' },
  })
})
