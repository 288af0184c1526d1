import { describe, it } from 'node:test'
import { startRedis } from '../redis-server.ts'
import { startPostgres } from './postgres-server.ts'
import { openApp, surviveCrash, surviveFreeze } from './traffic.ts'

describe('when PostgreSQL', () => {
  it('crashes under traffic, requests get 503 with Retry-After; when it is back all go on, and nothing is lost', async t => {
    const server = await startPostgres(t)
    if (server !== null) await surviveCrash(t, await openApp(t, { DATABASE_URL: server.url }), server)
  })

  it('crashes behind a Redis that goes on, no copy there hides it, and none is older than what was acknowledged', async t => {
    const server = await startPostgres(t)
    const redis = await startRedis(t)
    if (server === null || redis === null) return
    const settings = { SESSION_ENGINE: 'cached_db', DATABASE_URL: server.url, REDIS_URL: redis.url } as const
    await surviveCrash(t, await openApp(t, settings), server)
  })

  it('hangs, requests get 503 after a bounded wait; when it goes on so do they, and nothing is lost', async t => {
    const server = await startPostgres(t)
    if (server !== null) await surviveFreeze(t, await openApp(t, { DATABASE_URL: server.url }), server)
  })
})
