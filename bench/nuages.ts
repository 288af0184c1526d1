/**
 * The same work on Nuages, secure defaults on, request log off.
 */
import {
  authenticate,
  createApp,
  defineSettings,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  login,
  path,
  type User,
  View,
} from 'nuages'
import { serve } from 'nuages/node'
import type { Session } from 'nuages/sessions'
import { z } from 'zod'
import type { Place } from './stores.ts'
import { Cart, Me, Ping } from './views.ts'

const settings = JSON.parse(process.argv[2] as string) as Place & {
  readonly account: { readonly username: string; readonly password: string; readonly iterations: number }
  readonly manyRoutes: number
}
const { store, database, redis, account, manyRoutes } = settings

const Credentials = z.object({ username: z.string(), password: z.string() })

async function begin(request: HttpRequest, user: User, visits: number): Promise<void> {
  await login(request, user)
  const session: Session = await request.session
  session.set('visits', visits).set('cart', {})
}

class Login extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const user = await authenticate(request, await request.validate(Credentials))
    if (user === null) return jsonResponse({ error: 'invalid login' }, { status: 401 })
    await begin(request, user, 0)
    return jsonResponse({ id: user.id })
  }
}

class Enter extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await begin(request, ada, Number(request.GET.get('visits')))
    return jsonResponse({ ok: true })
  }
}

class One extends View {
  get(_request: HttpRequest, { id }: { readonly id: number }): HttpResponse {
    return jsonResponse({ id })
  }
}

const app = createApp({
  settings: defineSettings({
    SECRET_KEY: 'a secret key of the benchmark, as long as one should be: 50 or more',
    DATABASE_URL: store === 'postgresql' ? database : `sqlite:${database}`,
    ...(redis === null ? {} : { SESSION_ENGINE: 'cache', REDIS_URL: redis }),
    ALLOWED_HOSTS: ['127.0.0.1'],
    PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: account.iterations } }],
  }),
  urls: [
    path('ping', Ping.asView()),
    path('me', Me.asView()),
    path('cart', Cart.asView()),
    path('login', Login.asView()),
    path('enter', Enter.asView()),
    ...Array.from({ length: manyRoutes }, (_, index) => path(`r${index}/<int:id>`, One.asView())),
  ],
  logger: null,
})
await app.migrate()
const ada: User = await app.users.createUser({ username: account.username, password: account.password })
const { port } = await serve(app, { port: 0 })
process.stdout.write(`${JSON.stringify({ port })}\n`)
process.on('disconnect', () => process.exit())
