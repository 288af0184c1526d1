/**
 * A server of the site's data goes away and comes back.
 */
import { join } from 'node:path'
import { startPostgres } from '../../tests/outage/postgres-server.ts'
import { startRedis } from '../../tests/redis-server.ts'
import { ask } from './ask.ts'
import { type Bench, type Fault, type Finding, openBench, settle, unkept } from './fault.ts'

/** What it acknowledged, a crash does not take from it. */
const durable = ['--appendonly', 'yes', '--appendfsync', 'always']

/** How soon requests succeed again, in milliseconds. */
const backWithinMs = 2000

interface Server {
  start(): Promise<void>
  stop(): Promise<void>
}

async function crash(bench: Bench, server: Server, env: Readonly<Record<string, string>>): Promise<Finding> {
  const both = await openBench(bench, { env })
  const { load, site } = both
  const status = async (path: string): Promise<number> => (await ask({ port: site.port, path })).status
  const ready = [await status('/readyz')]
  await server.stop()
  const stopped = performance.now()
  await bench.wait()
  ready.push(await status('/readyz'))
  const alive = await status('/healthz')
  const during = load.count('refused', stopped)
  await server.start()
  const started = performance.now()
  await bench.wait()
  ready.push(await status('/readyz'))
  const broken = await settle(bench, both, env)
  const backMs = load.firstSuccessMs(started)
  return {
    load,
    counted: `${during} refused while it was away; /readyz ${ready.join(', ')}; back ${backMs} ms after it was`,
    broken: [
      ...broken,
      ...unkept({
        'nobody is cut off': load.count('cut') === 0,
        'requests are refused meanwhile': during > 0,
        '/readyz says 200, 503, 200': ready.join() === '200,503,200',
        '/healthz goes on': alive === 200,
        [`all goes on within ${backWithinMs} ms`]: backMs < backWithinMs,
      }),
    ],
  }
}

const promised = '503 with Retry-After meanwhile, `/readyz` 503, `/healthz` 200; no restart is needed afterwards'

export const serverFaults: readonly Fault[] = [
  {
    name: 'postgresql',
    what: 'PostgreSQL crashes, and is started again (`db` sessions)',
    promised,
    async run(bench) {
      const server = await startPostgres(bench.t)
      return server && crash(bench, server, { DATABASE_URL: server.url })
    },
  },
  {
    name: 'redis',
    what: 'Redis (`appendonly yes`, `appendfsync always`) crashes, and is started again (`cache` sessions, accounts in SQLite)',
    promised,
    async run(bench) {
      const server = await startRedis(bench.t, durable)
      const DATABASE_URL = `sqlite:${join(bench.folder, 'db.sqlite3')}`
      return server && crash(bench, server, { DATABASE_URL, SESSION_ENGINE: 'cache', REDIS_URL: server.url })
    },
  },
]
