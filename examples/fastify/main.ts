/** A Fastify server with sessions, a login and forms: `node --conditions=nuages-source examples/fastify/main.ts`. Log in as demo, demo-password. */
import createFastify from 'fastify'
import { authenticate, createApp, defineSettings, env, login, logout } from 'nuages'
import { nuagesErrors, nuagesPlugin, requireLogin } from 'nuages/fastify'
import { homePage, loginPage } from './pages.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
    note: string
  }
}

const settings = defineSettings({
  SECRET_KEY: env('SECRET_KEY', 'a key for this example, and for nothing else'),
  DATABASE_URL: env('DATABASE_URL', 'sqlite::memory:'),
  DEBUG: true,
  LOGIN_URL: '/login',
})
const nuages = createApp({ settings, urls: [] })
await nuages.migrate()
if ((await nuages.users.getByUsername('demo')) === null)
  await nuages.users.createUser({ username: 'demo', password: 'demo-password' })

/** The fields of a form. */
type Fields = Readonly<Record<string, string>>

const server = createFastify()
server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
  done(null, Object.fromEntries(new URLSearchParams(String(text)))),
)
server.register(nuagesPlugin, { app: nuages })
server.setErrorHandler(nuagesErrors)
server.addHook('onClose', () => nuages.close())

server.register(async site => {
  site.get('/', async (request, reply) => {
    const session = await request.nuages.session
    const visits = await session.update('visits', (visits = 0) => visits + 1)
    const user = await request.nuages.user
    const note = session.get('note') ?? ''
    const token = await request.nuages.csrf.token()
    return reply.type('text/html').send(homePage({ visits, username: user?.username ?? null, note, token }))
  })

  site.post<{ Body: Fields | undefined }>('/note', async (request, reply) => {
    const session = await request.nuages.session
    session.set('note', request.body?.note ?? '')
    return reply.redirect('/')
  })

  site.get('/login', async (request, reply) =>
    reply.type('text/html').send(loginPage(await request.nuages.csrf.token())),
  )

  site.post<{ Body: Fields | undefined }>('/login', async (request, reply) => {
    const { username = '', password = '' } = request.body ?? {}
    const user = await authenticate(request.nuages, { username, password })
    if (user === null) {
      const page = loginPage(await request.nuages.csrf.token(), 'Name or password is wrong.')
      return reply.code(401).type('text/html').send(page)
    }
    await login(request.nuages, user)
    return reply.redirect('/')
  })

  site.post('/logout', async (request, reply) => {
    await logout(request.nuages)
    return reply.redirect('/')
  })

  site.get('/account', { preHandler: requireLogin }, async request => ({
    username: (await request.nuages.user)?.username,
  }))
})

console.log(await server.listen({ port: Number(env('PORT', '8000')), host: '127.0.0.1' }))
