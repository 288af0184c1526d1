import { HttpResponse } from '../http/index.ts'
import { requireHttpMethods, type ViewFunction } from '../views/index.ts'

/** The process is up: `path('healthz', healthz)`. */
export const healthz: ViewFunction = requireHttpMethods(
  ['GET'],
  () => new HttpResponse('ok\n', { contentType: 'text/plain' }),
)

/** The database answers, and what keeps the sessions; 503 when it does not: `path('readyz', readyz)`. */
export const readyz: ViewFunction = requireHttpMethods(['GET'], async request => {
  await request.app.ping()
  return new HttpResponse('ready\n', { contentType: 'text/plain' })
})
