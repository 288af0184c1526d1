/**
 * A database that is looked at and never changed: somebody else's, on which a site is running.
 *
 * Owns that nothing is written, locked for long, or waited for. Each query stands alone: one that is refused spoils no other. Leaves the drivers to
 * the other files of this room.
 */
import { ConfigError } from '../kit/index.ts'
import { DatabaseUnavailable } from './errors.ts'
import { loadKysely } from './kysely.ts'
import { openDatabase } from './open.ts'
import { numberPlaceholders } from './postgresql.ts'
import { openReadOnlyHandle } from './sqlite-connection.ts'
import { toSqliteError } from './sqlite-errors.ts'
import { isDatabaseFile } from './sqlite-file.ts'
import { type Dialect, parseDatabaseUrl } from './url.ts'

/** Longest time that the server works on one query, in milliseconds. */
const queryMs = 5000
/** Longest wait for a lock, in milliseconds: whoever holds one changes a table just now. */
const lockMs = 1000
/** Longest wait for an answer, in milliseconds: a network may swallow a connection without a word. */
const answerMs = 10_000

/** One database, open for reading. */
export interface ReadOnlyDatabase {
  readonly dialect: Dialect
  /** Its file, or its server and name: what may be printed. */
  readonly label: string
  /**
   * The rows of a SELECT whose parameters are `?`. Booleans and times are as the driver has them; counts may be text.
   *
   * @throws {TypeError} for any other statement: MariaDB creates tables in a read-only transaction, too.
   * @throws {DatabaseUnavailable} when the database does not answer. What it refuses otherwise, such as a table that this user may not read,
   *   is the driver's own error.
   */
  query<Row>(sql: string, parameters?: readonly (string | number)[]): Promise<readonly Row[]>
  close(): Promise<void>
}

/**
 * Opens a database to look at it. Takes the URLs that `openDatabase` takes, makes no file, and leaves a file's modes as they are.
 *
 * @throws {ConfigError} for a URL it cannot read, a SQLite file that is missing or is none, a driver that is not installed.
 */
export function openReadOnly(url: string): ReadOnlyDatabase {
  const address = parseDatabaseUrl(url)
  const open = address.dialect === 'sqlite' ? openFile(address.path) : openServer(url, address)
  return { ...open, query: (sql, parameters) => (onlyReads.test(sql) ? open.query(sql, parameters) : refuseToWrite()) }
}

const onlyReads = /^\s*select\b/i

async function refuseToWrite(): Promise<never> {
  throw new TypeError('A database that is open for reading takes a SELECT.')
}

function openFile(path: string | null): ReadOnlyDatabase {
  const fix = 'Correct DATABASE_URL: it names a file as sqlite:path/to/db.sqlite3.'
  if (path === null) throw new ConfigError('A database in memory holds nothing to look at.', fix)
  if (!isDatabaseFile(path)) throw new ConfigError(`${path} is no SQLite database, or not there.`, fix)
  const handle = openReadOnlyHandle(path, lockMs)
  return {
    dialect: 'sqlite',
    label: path,
    async query<Row>(sql: string, parameters: readonly (string | number)[] = []) {
      try {
        return handle.prepare(sql).all(...parameters) as Row[]
      } catch (error) {
        throw toSqliteError(error, path)
      }
    },
    close: async () => handle.close(),
  }
}

interface Server {
  readonly dialect: 'postgresql' | 'mysql'
  readonly label: string
}

function openServer(url: string, { dialect, label }: Server): ReadOnlyDatabase {
  const { kysely, close } = openDatabase(url, { poolSize: 1, busyMs: lockMs })
  const { CompiledQuery } = loadKysely()
  const query = async <Row>(sql: string, parameters: readonly (string | number)[]): Promise<readonly Row[]> => {
    const text = dialect === 'postgresql' ? numberPlaceholders(sql) : sql
    return await kysely.connection().execute(async connection => {
      for (const step of ['START TRANSACTION READ ONLY', limits[dialect]])
        await connection.executeQuery(CompiledQuery.raw(step))
      try {
        return (await connection.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows
      } finally {
        await connection.executeQuery(CompiledQuery.raw('ROLLBACK'))
      }
    })
  }
  return {
    dialect,
    label,
    query: (sql, parameters = []) => answerOf(query(sql, parameters), label),
    close,
  }
}

/** MariaDB runs the first comment, MySQL the second. */
const limits: Readonly<Record<'postgresql' | 'mysql', string>> = {
  postgresql: `SET LOCAL statement_timeout = ${queryMs}; SET LOCAL lock_timeout = ${lockMs}`,
  mysql: `SET SESSION lock_wait_timeout = ${lockMs / 1000} /*M! , SESSION max_statement_time = ${queryMs / 1000} */ /*!50708 , SESSION max_execution_time = ${queryMs} */`,
}

async function answerOf<T>(work: Promise<T>, label: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DatabaseUnavailable('unreachable', `${label} does not answer.`)), answerMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
