/** @fastify/session with the Redis store of express-session, as its readme says. */
import { setTimeout as sleep } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore } from 'connect-redis'
import fastify from 'fastify'
import { createClient } from 'redis'

const [url, prefix] = process.argv.slice(2)
const client = createClient({ url })
await client.connect()

const app = fastify()
app.register(cookie)
app.register(session, {
  secret: 'a secret with minimum length of 32 characters',
  cookie: { secure: false },
  saveUninitialized: false,
  store: new RedisStore({ client, prefix }),
})
const route = (path, handle) =>
  app.get(path, async request => {
    if (request.query.delay) await sleep(Number(request.query.delay))
    return JSON.stringify((await handle(request)) ?? null)
  })
const dataOf = session => {
  const { cookie, ...data } = JSON.parse(JSON.stringify(session))
  return data
}
route('/set', ({ session, query }) => {
  session[query.key ?? 'n'] = query.value ?? '1'
})
route('/add', ({ session }) => {
  session.n = (session.n ?? 0) + 1
  return session.n
})
route('/read', ({ session }) => session.n)
route('/push', ({ session, query }) => {
  session[query.key].push(1)
})
route('/lists', ({ session }) => {
  session.a = []
  session.b = []
})
route('/login', async request => {
  await request.session.regenerate(Object.keys(dataOf(request.session)))
  request.session.user = 'ada'
})
route('/logout', ({ session }) => session.destroy())
route('/all', ({ session }) => dataOf(session))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ port: app.server.address().port }))
process.on('disconnect', () => process.exit())
