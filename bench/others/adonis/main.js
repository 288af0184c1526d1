/** AdonisJS with its sessions, its accounts by session guard and Lucid, configured as its starter kits are; middleware only where it is wanted. */

import { defineConfig as defineAuth } from '@adonisjs/auth'
import { sessionGuard, sessionUserProvider } from '@adonisjs/auth/session'
import { Ignitor } from '@adonisjs/core'
import { defineConfig as defineBodyParser } from '@adonisjs/core/bodyparser'
import { defineConfig as defineEncryption, drivers } from '@adonisjs/core/encryption'
import { defineConfig as defineHash, drivers as hashDrivers } from '@adonisjs/core/hash'
import { defineConfig as defineHttp } from '@adonisjs/core/http'
import { defineConfig as defineDatabase } from '@adonisjs/lucid'
import { defineConfig as defineRedis } from '@adonisjs/redis'
import { defineConfig as defineSession, stores } from '@adonisjs/session'
import { database, listening, redis, store } from '../place.js'

const sqlite = {
  client: 'better-sqlite3',
  connection: { filename: database },
  useNullAsDefault: true,
  pool: {
    afterCreate(connection, done) {
      connection.pragma('journal_mode = WAL')
      connection.pragma('synchronous = NORMAL')
      done(null, connection)
    },
  },
}
const postgresql = { client: 'pg', connection: database }
const redisUrl = redis === null ? null : new URL(redis)

const config = {
  app: { appUrl: 'http://127.0.0.1', http: defineHttp({ generateRequestId: false }) },
  encryption: defineEncryption({
    default: 'gcm',
    list: { gcm: drivers.aes256gcm({ id: 'gcm', keys: ['a secret of the benchmark, 32 characters or more'] }) },
  }),
  bodyparser: defineBodyParser({}),
  hash: defineHash({ default: 'scrypt', list: { scrypt: hashDrivers.scrypt({}) } }),
  logger: { default: 'app', loggers: { app: { enabled: false } } },
  database: defineDatabase({
    connection: 'main',
    connections: { main: store === 'postgresql' ? postgresql : sqlite },
  }),
  ...(redisUrl === null
    ? {}
    : {
        redis: defineRedis({
          connection: 'main',
          connections: { main: { host: redisUrl.hostname, port: Number(redisUrl.port) } },
        }),
      }),
  session: defineSession({
    enabled: true,
    cookieName: 'adonis-session',
    clearWithBrowser: false,
    age: '14 days',
    cookie: { path: '/', httpOnly: true, secure: false, sameSite: 'lax' },
    store: redisUrl === null ? 'database' : 'redis',
    stores: redisUrl === null ? { database: stores.database({}) } : { redis: stores.redis({ connection: 'main' }) },
  }),
  auth: defineAuth({
    default: 'web',
    guards: {
      web: sessionGuard({
        useRememberMeTokens: false,
        provider: sessionUserProvider({ model: () => import('./user.js') }),
      }),
    },
  }),
}

const providers = [
  () => import('@adonisjs/core/providers/app_provider'),
  () => import('@adonisjs/core/providers/hash_provider'),
  () => import('@adonisjs/core/providers/vinejs_provider'),
  () => import('@adonisjs/lucid/database_provider'),
  ...(redisUrl === null ? [] : [() => import('@adonisjs/redis/redis_provider')]),
  () => import('@adonisjs/session/session_provider'),
  () => import('@adonisjs/auth/auth_provider'),
]

process.env.HOST = '127.0.0.1'
process.env.PORT = '0'
await new Ignitor(new URL('./', import.meta.url), { importer: path => import(path) })
  .tap(app => {
    app.rcContents({ providers, preloads: [() => import('./routes.js')] })
    app.useConfig(config)
    app.ready(async () => {
      const server = await app.container.make('server')
      listening(server.getNodeServer().address().port)
    })
  })
  .httpServer()
  .start()
