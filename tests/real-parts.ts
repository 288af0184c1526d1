/**
 * The real parts that some tests need: database servers, a Django.
 *
 * A test whose part is not there is skipped with a line that says what to install; with CI=true it fails instead.
 * `TEST_POSTGRES_URL` and `TEST_MYSQL_URL` name servers on which the tests may create and drop databases of their own.
 */
import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { type Database, type DatabaseOptions, type Dialect, dialects, openDatabase } from '../src/db/index.ts'

const postgresUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test'
const mysqlUrl = process.env.TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/test'
const connectMs = 2000

/** What the parts ask of the test that uses them. A whole file, or a benchmark, may stand in for one. */
export interface PartUser {
  after(step: () => unknown): void
  skip(why: string): void
}

/** Skips the running test, or fails it with CI=true. The test must return after it. */
export function skipWithout(t: PartUser, what: string, install: string): void {
  const line = `${what} is not there. To run this test: ${install}`
  if (process.env.CI === 'true') throw new Error(line)
  t.skip(line)
}

/** A new folder, removed after the test. */
export function temporaryFolder(t: PartUser): string {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** URL of a new, empty PostgreSQL database, dropped after the test; `null` when the test was skipped. */
export async function requirePostgres(t: PartUser): Promise<string | null> {
  return (await newServerDatabase(t, 'postgresql'))?.url ?? null
}

/** URL of a new, empty MariaDB or MySQL database, dropped after the test; `null` when the test was skipped. */
export async function requireMysql(t: PartUser): Promise<string | null> {
  return (await newServerDatabase(t, 'mysql'))?.url ?? null
}

/** What a test body gets from `withDatabases`. */
export interface DatabaseTest {
  readonly t: TestContext
  readonly dialect: Dialect
  /** Of a new, empty database. */
  readonly url: string
  /** Opens it, as often as one likes; closed after the test. */
  open(options?: DatabaseOptions): Database
}

export type DatabaseIt = (name: string, body: (test: DatabaseTest) => Promise<void>) => void

/**
 * Defines the same tests for a SQLite file, PostgreSQL and MariaDB.
 *
 * @example
 * withDatabases('users', it => {
 *   it('are found by name', async ({ open }) => {
 *     const db = open()
 *   })
 * })
 */
export function withDatabases(name: string, define: (it: DatabaseIt, dialect: Dialect) => void): void {
  for (const dialect of dialects) {
    describe(`${name} (${dialect})`, () => {
      define((title, body) => test(title, t => runWithDatabase(t, dialect, body)), dialect)
    })
  }
}

async function runWithDatabase(
  t: TestContext,
  dialect: Dialect,
  body: (test: DatabaseTest) => Promise<void>,
): Promise<void> {
  const opened: Database[] = []
  const fresh = dialect === 'sqlite' ? newFile() : await newServerDatabase(t, dialect, { keep: true })
  if (!fresh) return
  const open = (options?: DatabaseOptions): Database => {
    const db = openDatabase(fresh.url, options)
    opened.push(db)
    return db
  }
  try {
    await body({ t, dialect, url: fresh.url, open })
  } finally {
    await Promise.allSettled(opened.map(db => db.close()))
    await fresh.drop()
  }
}

interface FreshDatabase {
  readonly url: string
  drop(): Promise<void>
}

function newFile(): FreshDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-test-'))
  return {
    url: `sqlite:${join(folder, 'db.sqlite3')}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A database with a random name on a server; `keep`: the caller drops it. */
async function newServerDatabase(
  t: PartUser,
  dialect: 'postgresql' | 'mysql',
  { keep = false }: { readonly keep?: boolean } = {},
): Promise<FreshDatabase | null> {
  const name = `nuages_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  const server = dialect === 'postgresql' ? postgresUrl : mysqlUrl
  const execute = dialect === 'postgresql' ? executePostgres : executeMysql
  try {
    await execute(
      server,
      dialect === 'postgresql'
        ? `CREATE DATABASE ${name}`
        : `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
    )
  } catch (error) {
    const [what, install] =
      dialect === 'postgresql'
        ? ['PostgreSQL', 'apt-get install postgresql, and name a server in TEST_POSTGRES_URL']
        : ['MariaDB', 'apt-get install mariadb-server, and name a server in TEST_MYSQL_URL']
    skipWithout(t, `${what} (${error instanceof Error ? error.message : error})`, install)
    return null
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  const force = dialect === 'postgresql' ? ' WITH (FORCE)' : ''
  const drop = (): Promise<void> => execute(server, `DROP DATABASE IF EXISTS ${name}${force}`)
  if (!keep) t.after(drop)
  return { url: url.href, drop }
}

async function executePostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function executeMysql(url: string, statement: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: connectMs })
  try {
    await connection.query(statement)
  } finally {
    await connection.end()
  }
}

const oracle = fileURLToPath(new URL('../../shared/django/oracle/oracle.py', import.meta.url))
const python = '/usr/bin/python3' // Debian's, which has Debian's Django

/** Runs commands of a real Django's test site and resolves the JSON that it prints. */
export type Django = (...command: string[]) => Promise<Record<string, unknown>>

export interface DjangoOptions {
  /** Of the database. */
  readonly url: string
  /** Default: `secret`. */
  readonly secretKey?: string
  /** Further settings of Django's. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Variables of the test site, without their prefix `ORACLE_`: `{ SESSION_ENGINE: 'file' }`. */
  readonly variables?: Readonly<Record<string, string>>
}

/** How to run a real Django. */
export interface DjangoCommand {
  readonly python: string
  /** The program of the test site. */
  readonly oracle: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * A real Django on the database of `url`, as a process is started with it; `null` when the test was skipped.
 *
 * `TEST_DJANGO_PATH` names a folder with another Django than Debian's.
 */
export function requireDjangoCommand(t: PartUser, options: DjangoOptions): DjangoCommand | null {
  const { url, secretKey = 'secret', settings = {}, variables = {} } = options
  const module = url.startsWith('postgres') ? 'psycopg2' : url.startsWith('mysql') ? 'MySQLdb' : 'sqlite3'
  const { TEST_DJANGO_PATH: folder = '' } = process.env
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: folder,
    ORACLE_DATABASE_URL: url.replace(/^sqlite:\/(?!\/)/, 'sqlite:////'),
    ORACLE_SECRET_KEY: secretKey,
    ORACLE_SETTINGS_JSON: JSON.stringify(settings),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`ORACLE_${name}`, value])),
  }
  if (!existsSync(oracle) || !canImport(`django, ${module}`, env)) {
    skipWithout(
      t,
      'Django',
      'apt-get install python3-django python3-psycopg2 python3-mysqldb, and put the oracle beside the repository',
    )
    return null
  }
  return { python, oracle, env }
}

/** What this process has asked, and what came of it. */
const imported = new Map<string, boolean>()

function canImport(modules: string, env: DjangoCommand['env']): boolean {
  const known = imported.get(modules)
  if (known !== undefined) return known
  const { status } = spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore', env })
  imported.set(modules, status === 0)
  return status === 0
}

/**
 * A real Django on the database of `url`, with this `SECRET_KEY`; `null` when the test was skipped.
 *
 * Each command is a process of its own: half a second.
 */
export function requireDjango(t: PartUser, options: DjangoOptions): Django | null {
  const command = requireDjangoCommand(t, options)
  if (command === null) return null
  const { python, oracle, env } = command
  return async (...args) => {
    const { stdout } = await promisify(execFile)(python, [oracle, ...args], { env })
    return JSON.parse(stdout)
  }
}
