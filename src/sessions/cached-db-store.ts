/**
 * Sessions in the database, with copies in Redis that make reading them fast.
 *
 * Owns when a copy may be made and used, so that nobody reads one older than a write that was answered, whoever crashes and whenever:
 * decisions/013-cached-db-by-leases.md. Leaves the rows to ./db-store.ts.
 *
 * A key in Redis holds one of
 * - `entry:<run>:<expiry in ms>:<text>`: a copy. `run` is the server's, which is another after each restart.
 * - `lease:<token>`: a reader has gone to the database, and may leave a copy if the lease is still there when it is back.
 * - `alone:<token>:<run>`: a writer is at work. Nobody makes a copy but that writer. `run` is that of the copy it found, or empty.
 * - `crowd:<token>,<token>…`: writers that have overlapped. Nobody knows whose text came last; nobody makes a copy until all have gone.
 */
import type { Database } from '../db/index.ts'
import { type Clock, randomString, systemClock } from '../kit/index.ts'
import { type Redis, type RedisScript, RedisUnavailable } from '../redis/index.ts'
import { createDatabaseSessionStore } from './db-store.ts'
import type { SessionStore } from './store.ts'

export interface CachedDatabaseSessionStoreOptions {
  readonly redis: Redis
  readonly database: Database
  /** Stands before each session's key in Redis. Default: `'nuages:cached_db:'`. */
  readonly prefix?: string
  /** Decides what has expired. */
  readonly clock?: Clock
}

/** Longest life of a marker, in milliseconds: several times that of a statement of the database, whose waits are bounded. */
const markerMs = 30_000

/**
 * Longest life of a copy, in milliseconds. Bounds what nothing else can: rows that somebody changes by hand, a Redis that fails over
 * to a replica that had not heard of the last write.
 */
const copyMs = 300_000

const tokenAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
const newToken = (): string => randomString(16, tokenAlphabet)

/** ARGV: token, life in ms. */
const beginScript = `
local held = redis.call('GET', KEYS[1]) or ''
local kind = string.sub(held, 1, 5)
if kind == 'crowd' then
  held = held .. ',' .. ARGV[1]
elseif kind == 'alone' then
  held = 'crowd:' .. string.match(held, 'alone:(%w+)') .. ',' .. ARGV[1]
else
  held = 'alone:' .. ARGV[1] .. ':' .. (string.match(held, '^entry:(%w+):') or '')
end
redis.call('SET', KEYS[1], held, 'PX', ARGV[2])
return 1`

/**
 * ARGV: token, a copy without its run or '' for none, its life in ms. Takes away whatever is there but the markers of other writers.
 *
 * The run is that of the copy before: `INFO` is dear. Was that one of a server that is gone, nobody believes the new one either.
 */
const finishScript = `
local held = redis.call('GET', KEYS[1]) or ''
local kind = string.sub(held, 1, 5)
local mine = 'alone:' .. ARGV[1] .. ':'
local isMine = string.sub(held, 1, #mine) == mine
local run = isMine and string.sub(held, #mine + 1) or ''
if run ~= '' and ARGV[2] ~= '' then
  redis.call('SET', KEYS[1], 'entry:' .. run .. ':' .. ARGV[2], 'PX', ARGV[3])
elseif kind == 'crowd' then
  local others = {}
  for token in string.gmatch(string.sub(held, 7), '[^,]+') do
    if token ~= ARGV[1] then table.insert(others, token) end
  end
  if #others == 0 then
    redis.call('DEL', KEYS[1])
  else
    redis.call('SET', KEYS[1], 'crowd:' .. table.concat(others, ','), 'KEEPTTL')
  end
elseif kind ~= 'alone' or isMine then
  redis.call('DEL', KEYS[1])
end
return 1`

/** ARGV: token, life in ms. Returns the run, and a copy of it, or 'lease' when one was given, or '' while somebody else is at work. */
const leaseScript = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local held = redis.call('GET', KEYS[1]) or ''
local kind = string.sub(held, 1, 5)
if kind == 'alone' or kind == 'crowd' or kind == 'lease' or run == '' then return {run, ''} end
if string.sub(held, 1, 7 + #run) == 'entry:' .. run .. ':' then return {run, held} end
redis.call('SET', KEYS[1], 'lease:' .. ARGV[1], 'PX', ARGV[2])
return {run, 'lease'}`

/** ARGV: token, a copy or '' for none, its life in ms. */
const fillScript = `
if redis.call('GET', KEYS[1]) ~= 'lease:' .. ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`

interface Copy {
  readonly text: string
  readonly expiresAt: number
}

/** What a reader found: a copy, a lease to make one, or nothing to rely on. */
type Found = { readonly copy: Copy } | { readonly run: string; readonly token: string } | null

/** The copies of one store. */
class Copies {
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #begin: RedisScript
  readonly #finish: RedisScript
  readonly #lease: RedisScript
  readonly #fill: RedisScript
  /** The runs of the servers that we have been connected to since `#losses`. */
  readonly #runs = new Set<string>()
  #losses = -1

  constructor(redis: Redis, clock: Clock) {
    this.#redis = redis
    this.#clock = clock
    this.#begin = redis.prepare(beginScript)
    this.#finish = redis.prepare(finishScript)
    this.#lease = redis.prepare(leaseScript)
    this.#fill = redis.prepare(fillScript)
  }

  async find(key: string): Promise<Found> {
    const held = await this.#redis.get(key)
    if (held !== null && /^(?:alone|crowd|lease):/.test(held)) return null
    const copy = held === null ? null : readCopy(held)
    if (copy !== null && this.#knownRuns().has(copy.run)) return { copy }
    const token = newToken()
    const losses = this.#redis.losses
    const [run = '', found = ''] = (await this.#lease.run(key, [token, String(markerMs)])) as readonly string[]
    this.#learn(run, losses)
    if (found === 'lease') return { run, token }
    const fresh = readCopy(found)
    return fresh === null ? null : { copy: fresh }
  }

  async fill(key: string, { run, token }: { run: string; token: string }, copy: Copy | null): Promise<void> {
    const [value, lifeMs] = this.#write(copy)
    const entry = value === '' || run === '' ? '' : `entry:${run}:${value}`
    await this.#fill.run(key, [token, entry, lifeMs])
  }

  /** Nothing is copied from here on, until `finish` or for `markerMs`. */
  async begin(key: string, token: string): Promise<void> {
    const began = performance.now()
    await this.#begin.run(key, [token, String(markerMs)])
    // A process that stood still for long may find its marker gone.
    if (performance.now() - began >= markerMs / 2)
      throw new RedisUnavailable('unreachable', 'The answer came too late to write to the database.')
  }

  async finish(key: string, token: string, copy: Copy | null): Promise<void> {
    await this.#finish.run(key, [token, ...this.#write(copy)])
  }

  /** A copy without its run, and its life. */
  #write(copy: Copy | null): readonly [value: string, lifeMs: string] {
    const lifeMs = copy === null ? 0 : Math.min(copyMs, Math.ceil(copy.expiresAt - this.#clock()))
    if (copy === null || lifeMs <= 0) return ['', '0']
    return [`${Math.trunc(copy.expiresAt)}:${copy.text}`, String(lifeMs)]
  }

  #knownRuns(): ReadonlySet<string> {
    // After a restart from a snapshot, Redis has copies that were right when it was taken.
    if (this.#losses !== this.#redis.losses) this.#runs.clear()
    this.#losses = this.#redis.losses
    return this.#runs
  }

  #learn(run: string, losses: number): void {
    this.#knownRuns()
    if (run !== '' && losses === this.#losses) this.#runs.add(run)
  }
}

function readCopy(held: string): (Copy & { readonly run: string }) | null {
  const [matched, run, expiresAt] = /^entry:(\w+):(\d+):/.exec(held) ?? []
  if (matched === undefined || run === undefined) return null
  return { run, expiresAt: Number(expiresAt), text: held.slice(matched.length) }
}

/** The engine `cached_db`. While Redis is away, sessions are read from the database and made, but neither changed nor ended. */
export function createCachedDatabaseSessionStore(options: CachedDatabaseSessionStoreOptions): SessionStore {
  const { redis, database, prefix = 'nuages:cached_db:', clock = systemClock } = options
  const rows = createDatabaseSessionStore(database, clock)
  const copies = new Copies(redis, clock)
  const read = database.prepareLookup<{ session_data: string; expire_date: unknown }>(
    'SELECT session_data, expire_date FROM django_session WHERE session_key = ? AND expire_date > ?',
  )
  const readRow = async (key: string): Promise<Copy | null> => {
    const row = await read.get([key, database.toColumnTime(clock())])
    return row === undefined ? null : { text: row.session_data, expiresAt: database.fromColumnTime(row.expire_date) }
  }

  /** Changes a row, while nobody can make a copy of what it was before. */
  const change = async (key: string, write: () => Promise<boolean>, copy: Copy | null): Promise<boolean> => {
    const token = newToken()
    await copies.begin(prefix + key, token)
    // If this throws, the row may change yet: the marker stays until it no longer can.
    const isDone = await write()
    finishLater(copies.finish(prefix + key, token, isDone ? copy : null))
    return isDone
  }

  /** Nobody waits for the copy: while the marker stands, readers ask the database. */
  const finishing = new Set<Promise<void>>()
  const finishLater = (work: Promise<void>): void => {
    const settled = work.catch(() => {
      // The marker goes by itself. A Redis that refuses such a script tells the next reader, who asks for as much.
    })
    finishing.add(settled)
    void settled.then(() => finishing.delete(settled))
  }

  return {
    async load(key) {
      const found = await unlessAway(() => copies.find(prefix + key))
      if (found === null || found === undefined) return (await readRow(key))?.text ?? null
      if ('copy' in found) return found.copy.expiresAt > clock() ? found.copy.text : null
      const row = await readRow(key)
      await unlessAway(() => copies.fill(prefix + key, found, row))
      return row?.text ?? null
    },
    // Nobody has a copy of what did not exist. The first reader makes it.
    create: rows.create,
    replace: (key, seen, text, expiresAt) =>
      change(key, () => rows.replace(key, seen, text, expiresAt), { text, expiresAt }),
    delete: (key, seen) => change(key, () => rows.delete(key, seen), null),
    clearExpired: rows.clearExpired,
    countExpired: rows.countExpired,
    async ping() {
      await Promise.all([database.ping(), redis.ping()])
    },
    async close() {
      // Redis and database are their opener's.
      await Promise.all(finishing)
    },
  }
}

/** Without Redis there is no copy to find, and a marker goes by itself. */
async function unlessAway<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined
    throw error
  }
}
