/** express-session with connect-redis, as their readmes say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const [url, prefix] = process.argv.slice(2)
const client = createClient({ url })
await client.connect()

const app = express()
app.use(
  session({
    store: new RedisStore({ client, prefix }),
    resave: false,
    saveUninitialized: false,
    secret: 'a secret of the races, 32 characters or more',
  }),
)
const route = (path, handle) =>
  app.get(path, async (request, response) => {
    if (request.query.delay) await sleep(Number(request.query.delay))
    response.json((await handle(request)) ?? null)
  })
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
  const { cookie, ...data } = request.session
  await new Promise((resolve, reject) => request.session.regenerate(error => (error ? reject(error) : resolve())))
  Object.assign(request.session, data, { user: 'ada' })
})
route('/logout', ({ session }) => new Promise(resolve => session.destroy(resolve)))
route('/all', ({ session: { cookie, ...data } }) => data)
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
process.on('disconnect', () => process.exit())
