import { describe, it } from 'node:test'
import { startPostgres } from './postgres-server.ts'
import { openApp, surviveCrash, surviveFreeze } from './traffic.ts'

describe('when PostgreSQL', () => {
  it('crashes under traffic, requests get 503 with Retry-After; when it is back all go on, and nothing is lost', async t => {
    const server = await startPostgres(t)
    if (server !== null) await surviveCrash(t, await openApp(t, { DATABASE_URL: server.url }), server)
  })

  it('hangs, requests get 503 after a bounded wait; when it goes on so do they, and nothing is lost', async t => {
    const server = await startPostgres(t)
    if (server !== null) await surviveFreeze(t, await openApp(t, { DATABASE_URL: server.url }), server)
  })
})
