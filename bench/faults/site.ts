/**
 * The site that the faults and the soak meet: accounts, sessions, a cart, orders in a table, uploads. Settings come from the environment.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import {
  type App,
  authenticate,
  createApp,
  defineSettings,
  envSettings,
  type HttpRequest,
  type HttpResponse,
  healthz,
  jsonResponse,
  login,
  path,
  readyz,
  requireUser,
  View,
} from 'nuages'
import { z } from 'zod'

declare module 'nuages/sessions' {
  interface SessionData {
    count: number
    cart: Readonly<Record<string, number>>
  }
}

declare module 'nuages/db' {
  interface Tables {
    placed_order: { id: string; visitor: string }
  }
}

/** The clients' ports of the connections that this process took: others waited in the kernel, and no program knew of them. */
const { ACCEPT_LOG: acceptLog } = process.env
if (acceptLog !== undefined)
  subscribe('net.server.socket', message => {
    appendFileSync(acceptLog, `${(message as { readonly socket: Socket }).socket.remotePort}\n`)
  })

const password = 'quiet-rain-on-roofs'
const Account = z.object({ username: z.string() })
const Line = z.object({ sku: z.string(), quantity: z.int().min(1).max(99) })
const Order = z.object({ id: z.string().max(40) })

class Register extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { username } = await request.validate(Account)
    await request.app.users.createUser({ username, password })
    return jsonResponse({ username }, { status: 201 })
  }
}

class Login extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { username } = await request.validate(Account)
    const user = await authenticate(request, { username, password })
    if (user !== null) await login(request, user)
    return jsonResponse({ username: user?.username ?? null }, { status: user === null ? 401 : 200 })
  }
}

class Me extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { username } = await requireUser(request)
    const session = await request.session
    return jsonResponse({ username, count: session.get('count') ?? 0, cart: session.get('cart') ?? {} })
  }
}

class Count extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const session = await request.session
    return jsonResponse({ count: await session.update('count', (count = 0) => count + 1) })
  }
}

class Cart extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { sku, quantity } = await request.validate(Line)
    const session = await request.session
    return jsonResponse(await session.update('cart', (cart = {}) => ({ ...cart, [sku]: (cart[sku] ?? 0) + quantity })))
  }
}

class Orders extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { username } = await requireUser(request)
    const rows = await request.app.db.selectFrom('placed_order').select('id').where('visitor', '=', username).execute()
    return jsonResponse({ ids: rows.map(({ id }) => id) })
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const { id } = await request.validate(Order)
    const { username } = await requireUser(request)
    await request.app.db.insertInto('placed_order').values({ id, visitor: username }).execute()
    return jsonResponse({ id }, { status: 201 })
  }
}

class Upload extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const file = (await request.FILES).get('file')
    if (file === undefined) return jsonResponse({}, { status: 400 })
    return jsonResponse({ name: await request.app.storage.save(file.name, file) }, { status: 201 })
  }
}

class Block extends View {
  post(request: HttpRequest): HttpResponse {
    const until = performance.now() + Number(request.GET.get('ms'))
    while (performance.now() < until) Math.random()
    return jsonResponse({})
  }
}

export const app: App = createApp({
  settings: defineSettings({
    SECRET_KEY: 'a key of the faults, with 50 characters and more: Wq7!vT2#zR9$',
    ALLOWED_HOSTS: ['127.0.0.1'],
    // What is looked at is not how long a hash takes.
    PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
    ...envSettings(),
  }),
  urls: [
    path('register/', Register.asView()),
    path('login/', Login.asView()),
    path('me/', Me.asView()),
    path('count/', Count.asView()),
    path('cart/', Cart.asView()),
    path('orders/', Orders.asView()),
    path('upload/', Upload.asView()),
    path('block/', Block.asView()),
    path('bug/', () => {
      throw new Error('a bug of the site')
    }),
    path('pid/', () => jsonResponse({ pid: process.pid, now: Date.now() })),
    path('healthz', healthz),
    path('readyz', readyz),
  ],
  migrations: {
    '001_placed_order': {
      up: db =>
        db.schema
          .createTable('placed_order')
          .addColumn('id', 'varchar(40)', column => column.primaryKey())
          .addColumn('visitor', 'varchar(150)', column => column.notNull())
          .execute(),
    },
  },
  logger: null,
})
