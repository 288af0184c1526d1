/** What compiles and what must not: Nuages inside Express. Checked by `tsc`, never run. */
import express, { type Request } from 'express'
import { type App, authenticate, type HttpRequest, type Session, type User } from 'nuages'
import { nuagesErrors, nuagesMiddleware, requireLogin } from 'nuages/express'

declare const app: App
const server = express()
server.use(nuagesMiddleware(app, { csrfExempt: req => req.path === '/hook' }))
server.use(nuagesErrors)
server.get('/', requireLogin, async (req, res) => {
  const request: HttpRequest = req.nuages
  const session: Session = await req.nuages.session
  const user: User | null = await req.nuages.user
  const token: string = await req.nuages.csrf.token()
  res.json([request.path, session.size, user?.username, token, await authenticate(req.nuages, req.body)])
})
// @ts-expect-error: the session is a promise
server.get('/', req => req.nuages.session.get('a'))
// @ts-expect-error: an app, not its settings
nuagesMiddleware(app.settings)
// @ts-expect-error: there is no such option
nuagesMiddleware(app, { csrf: false })
// @ts-expect-error: the functions take the request of Nuages, not that of Express
const wrong = (req: Request): unknown => authenticate(req, { username: '', password: '' })
void wrong
