/**
 * A Hono server with the sessions, accounts and CSRF protection of Nuages.
 *
 * `node --conditions=nuages-source examples/hono/main.ts`, then log in as ada, with the password `correct horse`.
 */
import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { createApp, defineSettings, env } from 'nuages'
import { createSite } from './site.ts'

const settings = defineSettings({
  SECRET_KEY: env('SECRET_KEY', randomBytes(32).toString('base64url')),
  DATABASE_URL: env('DATABASE_URL', 'sqlite::memory:'),
  ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
  LOGIN_URL: '/login',
})
const nuages = createApp({ settings, urls: [] })
await nuages.migrate()
if ((await nuages.users.getByUsername('ada')) === null)
  await nuages.users.createUser({ username: 'ada', password: 'correct horse' })

const options = { fetch: createSite(nuages).fetch, hostname: '127.0.0.1', port: Number(env('PORT', '8000')) }
serve(options, ({ port }) => {
  const url = `http://127.0.0.1:${port}`
  nuages.logger.info({ url }, `Open ${url} and log in as ada, with the password "correct horse"`)
})
