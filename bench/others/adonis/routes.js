/** The tables, the one user, and the routes. */
import router from '@adonisjs/core/services/router'
import db from '@adonisjs/lucid/services/db'
import vine from '@vinejs/vine'
import { account, manyRoutes } from '../place.js'
import { addLine } from '../shop.js'
import { verify } from '../verify.js'
import User from './user.js'

const { schema } = db.connection()
schema.createTable('users', table => {
  table.increments('id').notNullable()
  table.string('username').notNullable().unique()
  table.string('password').notNullable()
  table.integer('is_active').notNullable()
})
await schema.createTable('sessions', table => {
  table.string('id').primary()
  table.text('data').notNullable()
  table.string('user_id').nullable().index()
  table.timestamp('expires_at').notNullable().index()
})
await User.create({ username: account.username, password: account.hash, isActive: 1 })

const middleware = router.named({
  body: () => import('@adonisjs/core/bodyparser_middleware'),
  session: () => import('@adonisjs/session/session_middleware'),
  auth: () => import('@adonisjs/auth/initialize_auth_middleware'),
})
const visitor = [middleware.session(), middleware.auth()]
const Line = vine.create({
  sku: vine.string(),
  quantity: vine.number({ strict: true }).withoutDecimals().range([1, 99]),
})
const Credentials = vine.create({ username: vine.string(), password: vine.string() })

async function begin({ auth, session }, user, visits) {
  await auth.use('web').login(user)
  session.put('visits', visits)
  session.put('cart', {})
}

router.get('/ping', async () => ({ message: 'pong' }))
router
  .post('/enter', async context => {
    await begin(context, await User.findOrFail(1), Number(context.request.qs().visits))
    return { ok: true }
  })
  .use(visitor)
router
  .get('/me', async ({ auth, session, response }) => {
    if (!(await auth.use('web').check())) return response.unauthorized({ error: 'not logged in' })
    const { id, username } = auth.use('web').user
    return { id, username, visits: session.get('visits') }
  })
  .use(visitor)
router
  .post('/cart', async ({ request, session }) => {
    const cart = addLine(session.get('cart', {}), await request.validateUsing(Line))
    session.put('cart', cart)
    return cart
  })
  .use([middleware.body(), middleware.session()])
router
  .post('/login', async context => {
    const { username, password } = await context.request.validateUsing(Credentials)
    const user = await User.findBy('username', username)
    if (user === null || !(await verify(password, user.password)))
      return context.response.unauthorized({ error: 'invalid login' })
    await begin(context, user, 0)
    return { id: user.id }
  })
  .use([middleware.body(), ...visitor])
for (let index = 0; index < manyRoutes; index += 1)
  router.get(`/r${index}/:id`, async ({ params }) => ({ id: params.id }))
