/** What compiles and what must not: Nuages inside Fastify. Checked by `tsc`, never run. */
import createFastify, { type FastifyRequest } from 'fastify'
import { type App, authenticate, defineSettings, type HttpRequest, type Session, type User } from 'nuages'
import { nuagesErrors, nuagesPlugin, nuagesSessions, requireLogin } from 'nuages/fastify'

declare const app: App
const server = createFastify()
server.register(nuagesPlugin, { app, csrfExempt: request => request.routeOptions.url === '/hook' })
server.register(nuagesSessions(defineSettings({ SECRET_KEY: 'secret' })))
server.setErrorHandler(nuagesErrors)
server.get('/', { preHandler: requireLogin }, async request => {
  const own: HttpRequest = request.nuages
  const session: Session = await request.nuages.session
  const user: User | null = await request.nuages.user
  const token: string = await request.nuages.csrf.token()
  return [own.path, session.size, user?.username, token]
})
// @ts-expect-error: the session is a promise
server.get('/wrong', async request => request.nuages.session.get('a'))
// @ts-expect-error: the plugin needs its app
server.register(nuagesPlugin, {})
// @ts-expect-error: there is no such option
server.register(nuagesPlugin, { app, csrf: false })
// @ts-expect-error: the functions take the request of Nuages, not that of Fastify
const wrong = (request: FastifyRequest): unknown => authenticate(request, { username: '', password: '' })
void wrong
