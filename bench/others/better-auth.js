/** Better Auth as its docs say, on node:sqlite, `pg` or with Redis as its secondary storage; behind routes of node:http. */
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders } from 'better-auth/node'
import { createClient } from 'redis'
import { pool, sqlite } from './database.js'
import { account, listening, redis, store } from './place.js'
import { verify } from './verify.js'

async function secondaryStorage() {
  const client = await createClient({ url: redis }).connect()
  return {
    get: key => client.get(key),
    set: (key, value, ttl) => client.set(key, value, ttl ? { expiration: { type: 'EX', value: ttl } } : {}),
    delete: async key => void (await client.del(key)),
  }
}

const email = `${account.username}@example.com`

/** A session without a password: how the visitors of the benchmark come in. */
const enter = {
  id: 'enter',
  endpoints: {
    enter: createAuthEndpoint('/enter', { method: 'POST' }, async ctx => {
      const { user } = await ctx.context.internalAdapter.findUserByEmail(email)
      const session = await ctx.context.internalAdapter.createSession(user.id, false, ctx.query, true)
      await setSessionCookie(ctx, { session, user })
      return ctx.json({ ok: true })
    }),
  },
}

const auth = betterAuth({
  database: sqlite ?? pool,
  ...(store === 'redis' ? { secondaryStorage: await secondaryStorage() } : {}),
  secret: 'a secret of the benchmark, 32 characters or more',
  baseURL: 'http://127.0.0.1',
  emailAndPassword: {
    enabled: true,
    password: { hash: async () => account.hash, verify: ({ hash, password }) => verify(password, hash) },
  },
  session: { additionalFields: { visits: { type: 'number', input: false, defaultValue: 0 } } },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  telemetry: { enabled: false },
  plugins: [enter],
})
await (await getMigrations(auth.options)).runMigrations()
await auth.api.signUpEmail({ body: { email, password: account.password, name: account.username } })

function answer(response, status, data, cookies = []) {
  const body = JSON.stringify(data)
  const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(status, cookies.length > 0 ? { ...fields, 'Set-Cookie': cookies } : fields)
  response.end(body)
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return JSON.parse(text)
}

const routes = {
  async '/me'(request, response) {
    const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
    if (found === null) return answer(response, 401, { error: 'not logged in' })
    answer(response, 200, { id: found.user.id, username: found.user.name, visits: found.session.visits })
  },
  async '/login'(request, response) {
    const { username, password } = await bodyOf(request)
    try {
      const { headers } = await auth.api.signInEmail({
        body: { email: `${username}@example.com`, password },
        headers: fromNodeHeaders(request.headers),
        returnHeaders: true,
      })
      answer(response, 200, { id: 1 }, headers.getSetCookie())
    } catch (error) {
      if (!(error instanceof APIError)) throw error
      answer(response, 401, { error: 'invalid login' })
    }
  },
  async '/enter'(request, response) {
    const { headers } = await auth.api.enter({
      headers: fromNodeHeaders(request.headers),
      query: { visits: Number(request.url.split('=')[1]) },
      returnHeaders: true,
    })
    answer(response, 200, { ok: true }, headers.getSetCookie())
  },
}

const server = createServer((request, response) => {
  const route = routes[request.url] ?? routes['/enter']
  route(request, response).catch(error => {
    console.error(error)
    answer(response, 500, { error: 'failed' })
  })
})
server.listen(0, '127.0.0.1', () => listening(server.address().port))
