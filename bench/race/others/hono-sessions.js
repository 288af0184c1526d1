/** hono-sessions with a store on Redis: its readme has none, but says which methods one needs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { sessionMiddleware } from 'hono-sessions'
import { createClient } from 'redis'

const [url, prefix] = process.argv.slice(2)
const client = createClient({ url })
await client.connect()

const store = {
  async getSessionById(id) {
    const text = id ? await client.get(prefix + id) : null
    return text === null ? null : JSON.parse(text)
  },
  createSession: (id, data) => client.set(prefix + id, JSON.stringify(data)),
  persistSessionData: (id, data) => client.set(prefix + id, JSON.stringify(data)),
  deleteSession: id => client.del(prefix + id),
}
const app = new Hono()
app.use(
  '*',
  sessionMiddleware({
    store,
    encryptionKey: 'password_at_least_32_characters_long',
    expireAfterSeconds: 900,
    cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
  }),
)
const route = (path, handle) =>
  app.get(path, async c => {
    if (c.req.query('delay')) await sleep(Number(c.req.query('delay')))
    return c.json((await handle(c.get('session'), c)) ?? null)
  })
route('/set', (session, c) => session.set(c.req.query('key') ?? 'n', c.req.query('value') ?? '1'))
route('/add', session => session.set('n', (session.get('n') ?? 0) + 1))
route('/read', session => session.get('n') ?? null)
route('/push', (session, c) => {
  session.get(c.req.query('key')).push(1)
})
route('/lists', session => {
  session.set('a', [])
  session.set('b', [])
})
route('/login', (session, c) => {
  c.set('session_key_rotation', true)
  session.set('user', 'ada')
})
route('/logout', session => session.deleteSession())
route('/all', session =>
  Object.fromEntries(Object.entries(session.getCache()._data).map(([key, { value }]) => [key, value])),
)
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(JSON.stringify({ port })))
process.on('disconnect', () => process.exit())
