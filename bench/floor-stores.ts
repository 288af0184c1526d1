/**
 * Where the floor keeps sessions and users: a held statement, a named one, or a command for each step, and nothing else.
 *
 * Callbacks, not promises: SQLite answers at once, and the others' drivers should cost no more than they do.
 */
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@redis/client'
import pg from 'pg'
import type { Place } from './stores.ts'

export interface FloorUser {
  readonly id: number
  readonly username: string
  readonly is_active: number
}

type Done<T> = (value: T) => void

export interface FloorStore {
  load(key: string, done: Done<string | null>): void
  create(key: string, data: string, done: Done<void>): void
  /** Gives `false`, and writes nothing, when the row no longer holds `seen`: less loses data. */
  replace(change: { readonly key: string; readonly seen: string; readonly data: string }, done: Done<boolean>): void
  user(id: number, done: Done<FloorUser | undefined>): void
  passwordOf(username: string, done: Done<{ readonly id: number; readonly password: string } | undefined>): void
}

const ageMs = 1_209_600_000
const expiry = (): string => new Date(Date.now() + ageMs).toISOString()
const now = (): string => new Date().toISOString()

const tables = `CREATE TABLE users (id integer PRIMARY KEY, username text NOT NULL UNIQUE, password text NOT NULL, is_active integer NOT NULL);
CREATE TABLE session (key text PRIMARY KEY, data text NOT NULL, expires text NOT NULL);`
const loadSql = 'SELECT data FROM session WHERE key = $1 AND expires > $2'
const createSql = 'INSERT INTO session VALUES ($1, $2, $3)'
const replaceSql = 'UPDATE session SET data = $1, expires = $2 WHERE key = $3 AND data = $4'
const userSql = 'SELECT id, username, is_active FROM users WHERE id = $1'
const passwordSql = 'SELECT id, password FROM users WHERE username = $1'

export interface Account {
  readonly username: string
  readonly hash: string
}

export async function openFloorStore(place: Place, { username, hash }: Account): Promise<FloorStore> {
  const setUp = `${tables} INSERT INTO users VALUES (1, '${username}', '${hash}', 1)`
  if (place.store === 'postgresql') return openPostgresql(place.database, setUp)
  const sqlite = openSqlite(place.database, setUp)
  return place.redis === null ? sqlite : { ...sqlite, ...(await openRedis(place.redis)) }
}

function openSqlite(path: string, setUp: string): FloorStore {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; ${setUp}`)
  const prepare = (sql: string) => db.prepare(sql.replaceAll(/\$\d/g, '?'))
  const [load, create, replace] = [prepare(loadSql), prepare(createSql), prepare(replaceSql)]
  const [user, password] = [prepare(userSql), prepare(passwordSql)]
  return {
    load: (key, done) => done((load.get(key, now())?.data as string | undefined) ?? null),
    create: (key, data, done) => done(void create.run(key, data, expiry())),
    replace: ({ key, seen, data }, done) => done(replace.run(data, expiry(), key, seen).changes === 1),
    user: (id, done) => done(user.get(id) as FloorUser | undefined),
    passwordOf: (username, done) => done(password.get(username) as { id: number; password: string } | undefined),
  }
}

async function openPostgresql(url: string, setUp: string): Promise<FloorStore> {
  const pool = new pg.Pool({ connectionString: url })
  await pool.query(setUp)
  const ask = (name: string, text: string, values: unknown[], done: Done<pg.QueryResult>): void =>
    pool.query({ name, text, values }, (error, result) => {
      if (error) throw error
      done(result)
    })
  return {
    load: (key, done) => ask('load', loadSql, [key, now()], ({ rows }) => done(rows[0]?.data ?? null)),
    create: (key, data, done) => ask('create', createSql, [key, data, expiry()], () => done()),
    replace: ({ key, seen, data }, done) =>
      ask('replace', replaceSql, [data, expiry(), key, seen], ({ rowCount }) => done(rowCount === 1)),
    user: (id, done) => ask('user', userSql, [id], ({ rows }) => done(rows[0])),
    passwordOf: (username, done) => ask('password', passwordSql, [username], ({ rows }) => done(rows[0])),
  }
}

const swap = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1`

async function openRedis(url: string): Promise<Pick<FloorStore, 'load' | 'create' | 'replace'>> {
  const client = await createClient({ url }).connect()
  const script = await client.scriptLoad(swap)
  return {
    load: (key, done) => void client.get(key).then(done),
    create: (key, data, done) => {
      void client.set(key, data, { expiration: { type: 'PX', value: ageMs } }).then(() => done())
    },
    replace: ({ key, seen, data }, done) => {
      void client
        .evalSha(script, { keys: [key], arguments: [seen, data, String(ageMs)] })
        .then(swapped => done(swapped === 1))
    },
  }
}
