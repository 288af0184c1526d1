/**
 * A site with a login and a page that asks for a session and an account: `node server.ts`. Prints its port.
 */
import { authenticate, createApp, defineSettings, type HttpRequest, jsonResponse, login, path } from 'nuages'
import { serve } from 'nuages/node'

const app = createApp({
  settings: defineSettings({
    SECRET_KEY: 'a secret key of the benchmark, as long as one should be: 50 or more',
    DATABASE_URL: 'sqlite::memory:',
    ALLOWED_HOSTS: ['127.0.0.1'],
  }),
  urls: [
    path('me/', async (request: HttpRequest) => jsonResponse({ username: (await request.user)?.username ?? null })),
    path('login/', async (request: HttpRequest) => {
      const user = await authenticate(request, { username: 'ada', password: 'quiet-rain-on-roofs' })
      if (user !== null) await login(request, user)
      return jsonResponse({ isLoggedIn: user !== null })
    }),
  ],
  logger: null,
})
await app.migrate()
await app.users.createUser({ username: 'ada', password: 'quiet-rain-on-roofs' })
const { port } = await serve(app, { port: 0, host: '127.0.0.1' })
process.stdout.write(`${port}\n`)
process.on('disconnect', () => process.exit())
