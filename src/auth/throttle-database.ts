/**
 * Failed logins counted in the database, for all servers that share it: the rows of `nuages_login_throttle`.
 */
import { type Database, UniqueViolation } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import type { ThrottleStore } from './throttle-store.ts'

interface Row {
  readonly taken: number
  /** Milliseconds since the Unix epoch; text from PostgreSQL. */
  readonly ends: number | string
}

/** Reads before it writes, so that guessing on against a full window writes nothing. Rows of ended windows go once in a window. */
export function createDatabaseThrottleStore(database: Database, clock: Clock): ThrottleStore {
  const select = database.prepareLookup<Row>('SELECT taken, ends FROM nuages_login_throttle WHERE name = ?')
  const insert = database.prepare('INSERT INTO nuages_login_throttle (name, taken, ends) VALUES (?, 1, ?)')
  const restart = database.prepare('UPDATE nuages_login_throttle SET taken = 1, ends = ? WHERE name = ? AND ends = ?')
  const add = database.prepare(
    'UPDATE nuages_login_throttle SET taken = taken + 1 WHERE name = ? AND ends = ? AND taken < ?',
  )
  const subtract = database.prepare(
    'UPDATE nuages_login_throttle SET taken = taken - 1 WHERE name = ? AND ends = ? AND taken > 0',
  )
  const clear = database.prepare('DELETE FROM nuages_login_throttle WHERE ends <= ?')
  let nextClear = 0

  /** False when the key has a row by now. */
  const begin = async (key: string, ends: number): Promise<boolean> => {
    try {
      await insert.run([key, ends])
      return true
    } catch (error) {
      if (error instanceof UniqueViolation) return false
      throw error
    }
  }

  return {
    async take(key, { places, windowMs }) {
      for (;;) {
        const now = clock()
        if (now >= nextClear) {
          nextClear = now + windowMs
          await clear.run([now])
        }
        const row = await select.get([key])
        const ends = Number(row?.ends ?? 0)
        const isNew = ends <= now
        const window = isNew ? now + windowMs : ends
        const place = { window: String(window), endsInMs: window - now }
        if (!isNew && Number(row?.taken) >= places) return { taken: false, ...place }
        const taken =
          row === undefined
            ? await begin(key, window)
            : (isNew ? await restart.run([window, key, ends]) : await add.run([key, ends, places])) === 1
        // Otherwise somebody else was first: what the row says now counts.
        if (taken) return { taken, ...place }
      }
    },
    async giveBack(key, window) {
      await subtract.run([key, Number(window)])
    },
  }
}
