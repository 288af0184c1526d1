/**
 * A PgBouncer of a test's own, in transaction mode, to be stopped and started again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './outage/free-port.ts'
import { runAs, takesLogins } from './postgres-process.ts'
import { type PartUser, skipWithout } from './real-parts.ts'

export interface PgBouncer {
  /** Of the database behind it, as a driver reads it that knows nothing of PgBouncer. */
  readonly url: string
  /** Major and minor number. */
  readonly version: readonly [number, number]
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** As a crash. */
  stop(): Promise<void>
}

export interface PgBouncerOptions {
  /** Of the database behind it. */
  readonly database: string
  /** Where it listens. Default: 127.0.0.1. */
  readonly host?: string
  /** Connections that it has to the database. Default: 3, so that clients take turns. */
  readonly poolSize?: number
  /** Further lines of its configuration. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Debian's is in a folder that is not on everybody's path. */
const program = existsSync('/usr/sbin/pgbouncer') ? '/usr/sbin/pgbouncer' : 'pgbouncer'

/** It needs nothing of anybody's. */
const owner = runAs('nobody')

/** Started, on a free port; it ends with the test. `null` when the test was skipped. */
export async function startPgBouncer(t: PartUser, options: PgBouncerOptions): Promise<PgBouncer | null> {
  const version = installedVersion()
  if (version === null) {
    skipWithout(t, 'PgBouncer', 'apt-get install pgbouncer')
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'nuages-pgbouncer-'))
  const { host = '127.0.0.1', database } = options
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, configuration(port, options))
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const url = new URL(database)
  url.host = `${host}:${port}`
  const server = new OwnPgBouncer(file, url.href, version)
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.start()
  return server
}

function installedVersion(): readonly [number, number] | null {
  try {
    const [, major, minor] = /(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? []
    return [Number(major), Number(minor)]
  } catch {
    return null
  }
}

function configuration(port: number, options: PgBouncerOptions): string {
  const { host = '127.0.0.1', poolSize = 3, settings = {} } = options
  const database = new URL(options.database)
  const name = database.pathname.slice(1)
  const quoted = (text: string): string => `'${decodeURIComponent(text).replaceAll("'", "''")}'`
  const password = database.password === '' ? '' : `password=${quoted(database.password)}`
  const login = `user=${quoted(database.username)} ${password}`
  const where = `host=${database.hostname} port=${database.port || 5432} ${login}`
  const lines = {
    listen_addr: host,
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: poolSize,
    max_client_conn: 500,
    query_wait_timeout: 5,
    server_login_retry: 1,
    ...settings,
  }
  const own = Object.entries(lines).map(([key, value]) => `${key} = ${value}`)
  const limit = `connect_query='SET lock_timeout = 5000'`
  return ['[databases]', `${name} = ${where} ${limit}`, '[pgbouncer]', ...own, ''].join('\n')
}

class OwnPgBouncer implements PgBouncer {
  readonly url: string
  readonly version: readonly [number, number]
  readonly #file: string
  #child: ChildProcess | null = null
  #log = ''

  constructor(file: string, url: string, version: readonly [number, number]) {
    this.#file = file
    this.url = url
    this.version = version
  }

  async start(): Promise<void> {
    const child = spawn(program, [this.#file], { ...owner, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
    this.#child = child
    while (!(await takesLogins(this.url))) {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}:\n${this.#log}`)
      await delay(20)
    }
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}
