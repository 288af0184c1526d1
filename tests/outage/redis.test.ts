import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { App, Settings } from '../../src/index.ts'
import { temporaryFolder } from '../real-parts.ts'
import { type RedisServer, startRedis } from '../redis-server.ts'
import { openApp, surviveCrash, surviveFreeze } from './traffic.ts'

/** What it acknowledged, a crash does not take from it. */
const durable = ['--appendonly', 'yes', '--appendfsync', 'always']

type Engine = Settings['SESSION_ENGINE']

async function open(t: TestContext, SESSION_ENGINE: Engine): Promise<{ app: App; server: RedisServer } | null> {
  const server = await startRedis(t, durable)
  if (server === null) return null
  const DATABASE_URL = `sqlite:${join(temporaryFolder(t), 'db.sqlite3')}`
  return { server, app: await openApp(t, { SESSION_ENGINE, DATABASE_URL, REDIS_URL: server.url }) }
}

for (const engine of ['cache', 'cached_db'] as const) {
  describe(`when the Redis of the engine ${engine}`, () => {
    it('crashes under traffic, requests get 503 with Retry-After; when it is back all go on, and nothing is lost', async t => {
      const site = await open(t, engine)
      if (site !== null) await surviveCrash(t, site.app, site.server)
    })

    it('hangs, requests get 503 after a bounded wait; when it goes on so do they, and nothing is lost', async t => {
      const site = await open(t, engine)
      if (site !== null) await surviveFreeze(t, site.app, site.server)
    })
  })
}
