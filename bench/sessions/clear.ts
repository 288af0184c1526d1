/**
 * `nuages clearsessions` for one database, in a process of its own as it is in life: `node clear.ts URL SECONDS`.
 *
 * Stops after so many seconds. Prints how many rows it deleted and the seconds it took, as JSON.
 */
import { clearSessions } from '../../src/cli/clear-sessions.ts'
import { openDatabase } from '../../src/db/index.ts'
import { systemClock } from '../../src/kit/index.ts'
import { createDatabaseSessionStore, createSessions } from '../../src/sessions/index.ts'
import { settings } from './rows.ts'

const [url, limit] = process.argv.slice(2)
if (url === undefined || limit === undefined) throw new Error('Usage: node clear.ts URL SECONDS')
const database = openDatabase(url)
const sessions = createSessions({ store: createDatabaseSessionStore(database, systemClock), settings })
const expired = await sessions.countExpired()
const startedAt = performance.now()
await clearSessions(sessions, { signal: AbortSignal.timeout(Number(limit) * 1000), output: { write: () => true } })
const seconds = (performance.now() - startedAt) / 1000
process.stdout.write(JSON.stringify({ rows: expired - (await sessions.countExpired()), seconds }))
await database.close()
