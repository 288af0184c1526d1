/** Fastify with @fastify/session, as their readmes say: schemas for what comes and what goes, the session only where it is wanted. */
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fastify from 'fastify'
import { listening, manyRoutes } from './place.js'
import { openSessionStore } from './session-stores.js'
import { addLine } from './shop.js'
import { authenticate, findUser } from './users.js'

const object = properties => ({ type: 'object', properties, required: Object.keys(properties) })
const answers = properties => ({ response: { 200: object(properties) } })
const text = { type: 'string' }
const integer = { type: 'integer' }
const line = object({ sku: text, quantity: { ...integer, minimum: 1, maximum: 99 } })
const credentials = object({ username: text, password: text })
const cartAnswer = { response: { 200: { type: 'object', additionalProperties: integer } } }

const app = fastify()
app.get('/ping', { schema: answers({ message: text }) }, async () => ({ message: 'pong' }))
for (let index = 0; index < manyRoutes; index += 1)
  app.get(`/r${index}/:id`, { schema: answers({ id: text }) }, async request => ({ id: request.params.id }))

const store = await openSessionStore()
app.register(async shop => {
  await shop.register(cookie)
  await shop.register(session, {
    secret: 'a secret of the benchmark, 32 characters or more',
    cookie: { secure: false, maxAge: 1_209_600_000, sameSite: 'lax' },
    saveUninitialized: false,
    store,
  })
  shop.post('/enter', async ({ session, query }) => {
    session.set('user', 1)
    session.set('visits', Number(query.visits))
    session.set('cart', {})
    return { ok: true }
  })
  shop.get('/me', { schema: answers({ id: integer, username: text, visits: integer }) }, async (request, reply) => {
    const user = await findUser(request.session.user)
    if (user === null) return reply.code(401).send({ error: 'not logged in' })
    return { id: user.id, username: user.username, visits: request.session.visits }
  })
  shop.post('/cart', { schema: { body: line, ...cartAnswer } }, async ({ session, body }) => {
    session.cart = addLine(session.cart ?? {}, body)
    return session.cart
  })
  shop.post('/login', { schema: { body: credentials, ...answers({ id: integer }) } }, async (request, reply) => {
    const user = await authenticate(request.body)
    if (user === null) return reply.code(401).send({ error: 'invalid login' })
    await request.session.regenerate()
    Object.assign(request.session, { user: user.id, visits: 0, cart: {} })
    return { id: user.id }
  })
})
await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
