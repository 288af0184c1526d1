/**
 * Everything behind the address: stores, hosts, what may befall them.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type PostgresServer, startPostgres } from '../../tests/outage/postgres-server.ts'
import { type PgBouncer, startPgBouncer } from '../../tests/pgbouncer-server.ts'
import type { PartUser } from '../../tests/real-parts.ts'
import { type RedisCluster, startRedisCluster } from '../../tests/redis-cluster.ts'
import { frontAddress, Host } from './network.ts'
import { type Site, startNginx } from './nginx.ts'

const cli = join(import.meta.dirname, '../../src/cli/main.ts')
const appFile = join(import.meta.dirname, 'app.ts')
const firstPort = 8001

export interface DeploymentOptions {
  /** Where nginx listens. */
  readonly address: string
  /** Session engines: a site for each. */
  readonly engines: readonly string[]
  /** Of each site on each host. */
  readonly workers: number
}

/** What a fault may do to the sites. */
export interface Promised {
  /** The longest time without an answer, in seconds, of a site that it does not take down. */
  readonly gapSeconds: number
  /** Session engines whose sites may have no answer while it lasts. */
  readonly takesDown: readonly string[]
  readonly mayRefuse: boolean
}

interface Fault {
  readonly promised: Promised
  begin(): Promise<void>
  end(): Promise<void>
}

/** The others go on. */
const hardlyFelt: Promised = { gapSeconds: 2, takesDown: [], mayRefuse: true }
/** nginx waits a second for a connection and three for an answer before it turns to the other host. */
const takenOver: Promised = { ...hardlyFelt, gapSeconds: 4.5 }
/** The only one of its kind. */
const withoutDatabase: Promised = { ...hardlyFelt, takesDown: ['db', 'cached_db'] }

/** The parts of the tests ask for this. Nothing is cleared away one by one: it goes with the namespaces. */
const context: PartUser = {
  after: () => {},
  skip: why => {
    throw new Error(why)
  },
}

export class Deployment {
  readonly #options: DeploymentOptions
  readonly #sites: readonly Site[]
  readonly #postgres: PostgresServer
  readonly #bouncer: PgBouncer
  readonly #cluster: RedisCluster
  readonly #hosts: readonly Host[]
  readonly #secretKey = randomBytes(48).toString('base64url')

  private constructor(options: DeploymentOptions, parts: readonly [PostgresServer, PgBouncer, RedisCluster, Host[]]) {
    this.#options = options
    this.#sites = options.engines.map((name, index) => ({ name, port: firstPort + index }))
    ;[this.#postgres, this.#bouncer, this.#cluster, this.#hosts] = parts
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const postgres = await startPostgres(context)
    const bouncer =
      postgres && (await startPgBouncer(context, { database: postgres.url, host: frontAddress, poolSize: 20 }))
    const listen = [
      '--bind',
      '127.0.0.1',
      frontAddress,
      '--protected-mode',
      'no',
      '--cluster-announce-ip',
      frontAddress,
    ]
    // What was answered must outlive a crash of the process.
    const cluster = await startRedisCluster(context, [
      ...listen,
      '--appendonly',
      'yes',
      '--cluster-require-full-coverage',
      'no',
    ])
    if (postgres === null || bouncer === null || cluster === null) throw new Error('A part is missing.')
    const hosts = [await Host.create(1), await Host.create(2)]
    const deployment = new Deployment(options, [postgres, bouncer, cluster, hosts])
    await deployment.#open()
    return deployment
  }

  /** By engine, where each is found. */
  get urls(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#sites.map(({ name, port }) => [name, `http://${this.#options.address}:${port}`]))
  }

  async #open(): Promise<void> {
    const [first] = this.#hosts
    await first?.run([cli, 'migrate', '--app', appFile], this.#environment('db'))
    await Promise.all(this.#hosts.map(host => this.#serve(host)))
    const addresses = this.#hosts.map(({ address }) => address)
    await startNginx(this.#options.address, addresses, this.#sites)
  }

  #environment(engine: string): Readonly<Record<string, string>> {
    const nodes = this.#cluster.nodes.map(({ port }) => `${frontAddress}:${port}`)
    return {
      SECRET_KEY: this.#secretKey,
      ALLOWED_HOSTS: this.#options.address,
      TRUSTED_PROXIES: frontAddress,
      DATABASE_URL: `${this.#bouncer.url}?pgbouncer=true`,
      REDIS_URL: `redis-cluster://${nodes.join(',')}`,
      SESSION_ENGINE: engine,
    }
  }

  async #serve(host: Host): Promise<void> {
    const workers = String(this.#options.workers)
    const started = this.#sites.map(({ name, port }) => {
      const command = [cli, 'serve', '--app', appFile, '--host', host.address, '--port', String(port)]
      return host.start([...command, '--workers', workers], this.#environment(name), 'Serving at')
    })
    await Promise.all(started)
  }

  /** What may happen to it, and be put right again. */
  get faults(): Readonly<Record<string, Fault>> {
    const [one, two] = this.#hosts as readonly [Host, Host]
    const [node] = this.#cluster.nodes
    const nothing = async (): Promise<void> => {}
    return {
      'kill -9 of a worker': { promised: hardlyFelt, begin: () => one.killWorker(), end: nothing },
      'SIGTERM to all of a host': {
        promised: { ...hardlyFelt, mayRefuse: false },
        begin: () => one.terminate(),
        end: () => this.#serve(one),
      },
      'a host loses power': {
        promised: takenOver,
        begin: () => two.powerOff(),
        end: async () => {
          await two.plugIn()
          await this.#serve(two)
        },
      },
      'a host is cut off': { promised: takenOver, begin: () => one.unplug(), end: () => one.plugIn() },
      'PgBouncer crashes': {
        promised: withoutDatabase,
        begin: () => this.#bouncer.stop(),
        end: () => this.#bouncer.start(),
      },
      'PostgreSQL crashes': {
        promised: withoutDatabase,
        begin: () => this.#postgres.stop(),
        end: () => this.#postgres.start(),
      },
      // Sessions that are on the other nodes go on.
      'a Redis node (`appendonly yes`) crashes': {
        promised: hardlyFelt,
        begin: async () => node?.stop(),
        end: async () => {
          await node?.start()
          await this.#cluster.settle()
        },
      },
    }
  }
}
