/**
 * The same work on Nuages, secure defaults on, request log off.
 */
import {
  createApp,
  defineSettings,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  path,
  requireUser,
  View,
} from 'nuages'
import { serve } from 'nuages/node'
import { z } from 'zod'
import { visitorKey, visitors } from './scenarios.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
    cart: Readonly<Record<string, number>>
  }
}

const Line = z.object({ sku: z.string(), quantity: z.int().min(1).max(99) })

class Ping extends View {
  get(): HttpResponse {
    return jsonResponse({ message: 'pong' })
  }
}

class Me extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    const session = await request.session
    return jsonResponse({ id, username, visits: session.get('visits') })
  }
}

class Cart extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { sku, quantity } = await request.validate(Line)
    const session = await request.session
    return jsonResponse(await session.update('cart', (cart = {}) => ({ ...cart, [sku]: (cart[sku] ?? 0) + quantity })))
  }
}

const app = createApp({
  settings: defineSettings({
    SECRET_KEY: 'a secret key of the benchmark, as long as one should be: 50 or more',
    DATABASE_URL: `sqlite:${process.argv[2] ?? ':memory:'}`,
    ALLOWED_HOSTS: ['127.0.0.1'],
  }),
  urls: [path('ping', Ping.asView()), path('me', Me.asView()), path('cart', Cart.asView())],
  logger: null,
})
await app.migrate()
const ada = await app.users.createUser({ username: 'ada', password: 'a password of the benchmark' })
for (let index = 0; index < visitors; index += 1) {
  const session = await app.sessions.open(null)
  await app.auth.loginSession(session, ada)
  session.set('visits', 7).set('cart', {})
  await session.save()
  const rename = app.database.prepare('UPDATE django_session SET session_key = ? WHERE session_key = ?')
  await rename.run([visitorKey(index), session.sessionKey])
}
const { port } = await serve(app, { port: 0 })
process.stdout.write(`${port}\n`)
