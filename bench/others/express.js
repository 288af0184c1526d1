/** Express with express-session, as their readmes say. Routes that want no session come before it. */
import { promisify } from 'node:util'
import express from 'express'
import session from 'express-session'
import { listening, manyRoutes } from './place.js'
import { openSessionStore } from './session-stores.js'
import { addLine, Credentials, Line } from './shop.js'
import { authenticate, findUser } from './users.js'

const app = express()
app.get('/ping', (_request, response) => response.json({ message: 'pong' }))

const sessions = session({
  store: await openSessionStore(),
  resave: false,
  saveUninitialized: false,
  secret: 'a secret of the benchmark, 32 characters or more',
  cookie: { maxAge: 1_209_600_000, sameSite: 'lax' },
})
const json = express.json()

app.post('/enter', sessions, (request, response) => {
  Object.assign(request.session, { user: 1, visits: Number(request.query.visits), cart: {} })
  response.json({ ok: true })
})
app.get('/me', sessions, async (request, response) => {
  const user = await findUser(request.session.user)
  if (user === null) return response.status(401).json({ error: 'not logged in' })
  response.json({ id: user.id, username: user.username, visits: request.session.visits })
})
app.post('/cart', sessions, json, (request, response) => {
  const { success, data } = Line.safeParse(request.body)
  if (!success) return response.status(422).json({ error: 'invalid' })
  request.session.cart = addLine(request.session.cart ?? {}, data)
  response.json(request.session.cart)
})
app.post('/login', sessions, json, async (request, response) => {
  const { success, data } = Credentials.safeParse(request.body)
  const user = success ? await authenticate(data) : null
  if (user === null) return response.status(401).json({ error: 'invalid login' })
  await promisify(request.session.regenerate.bind(request.session))()
  Object.assign(request.session, { user: user.id, visits: 0, cart: {} })
  response.json({ id: user.id })
})
for (let index = 0; index < manyRoutes; index += 1)
  app.get(`/r${index}/:id`, (request, response) => response.json({ id: request.params.id }))

const server = app.listen(0, '127.0.0.1', () => listening(server.address().port))
