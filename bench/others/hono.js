/** Hono with hono-sessions, as its readme says; it has no store for these three, but says which methods one needs. */
import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { sessionMiddleware } from 'hono-sessions'
import { createClient } from 'redis'
import { execute, prepare } from './database.js'
import { listening, manyRoutes, redis, store } from './place.js'
import { addLine, Credentials, Line } from './shop.js'
import { authenticate, findUser } from './users.js'

const maxAge = 1_209_600

async function openRedisStore() {
  const client = await createClient({ url: redis }).connect()
  const set = (id, data) => client.set(id, JSON.stringify(data), { expiration: { type: 'EX', value: maxAge } })
  return {
    async getSessionById(id) {
      const text = id ? await client.get(id) : null
      return text === null ? null : JSON.parse(text)
    },
    createSession: set,
    persistSessionData: set,
    deleteSession: id => client.del(id),
  }
}

async function openSqlStore() {
  await execute('CREATE TABLE session (id text PRIMARY KEY, data text NOT NULL)')
  const get = prepare('session-get', 'SELECT data FROM session WHERE id = $1')
  const insert = prepare('session-insert', 'INSERT INTO session VALUES ($1, $2)')
  const update = prepare('session-update', 'UPDATE session SET data = $1 WHERE id = $2')
  const remove = prepare('session-delete', 'DELETE FROM session WHERE id = $1')
  return {
    async getSessionById(id) {
      const row = id ? await get(id) : undefined
      return row === undefined ? null : JSON.parse(row.data)
    },
    createSession: (id, data) => insert(id, JSON.stringify(data)),
    persistSessionData: (id, data) => update(JSON.stringify(data), id),
    deleteSession: id => remove(id),
  }
}

const app = new Hono()
app.get('/ping', c => c.json({ message: 'pong' }))
for (let index = 0; index < manyRoutes; index += 1) app.get(`/r${index}/:id`, c => c.json({ id: c.req.param('id') }))

const sessions = sessionMiddleware({
  store: await (store === 'redis' ? openRedisStore() : openSqlStore()),
  encryptionKey: 'password_at_least_32_characters_long',
  expireAfterSeconds: maxAge,
  cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
})
app.post('/enter', sessions, c => {
  const session = c.get('session')
  session.set('user', 1)
  session.set('visits', Number(c.req.query('visits')))
  session.set('cart', {})
  return c.json({ ok: true })
})
app.get('/me', sessions, async c => {
  const session = c.get('session')
  const user = await findUser(session.get('user') ?? undefined)
  if (user === null) return c.json({ error: 'not logged in' }, 401)
  return c.json({ id: user.id, username: user.username, visits: session.get('visits') })
})
app.post('/cart', sessions, zValidator('json', Line), c => {
  const session = c.get('session')
  const cart = addLine(session.get('cart') ?? {}, c.req.valid('json'))
  session.set('cart', cart)
  return c.json(cart)
})
app.post('/login', sessions, zValidator('json', Credentials), async c => {
  const user = await authenticate(c.req.valid('json'))
  if (user === null) return c.json({ error: 'invalid login' }, 401)
  const session = c.get('session')
  c.set('session_key_rotation', true)
  session.set('user', user.id)
  session.set('visits', 0)
  session.set('cart', {})
  return c.json({ id: user.id })
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port))
