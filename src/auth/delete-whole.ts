/** Deleting a row together with those that refer to it. */
import type { Transaction } from 'kysely'
import { type Database, DatabaseUnavailable, ReferenceViolation, type Tables } from '../db/index.ts'

/** Tries of a delete that meets somebody who adds what refers to the row. */
const maxTries = 4

/** Runs `work` whole or not at all, and again when a row that refers to the deleted one was added meanwhile, or two waited for each other. */
export async function deleteWhole<T>(
  { kysely }: Database,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await kysely.transaction().execute(work)
    } catch (error) {
      const mayPass =
        error instanceof ReferenceViolation || (error instanceof DatabaseUnavailable && error.reason === 'locked')
      if (!mayPass || tries === maxTries) throw error
    }
  }
}
