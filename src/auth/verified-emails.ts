/**
 * Which address an account has shown to be its own: the rows of `nuages_verified_email`.
 */
import { type Database, type Lookup, UniqueViolation } from '../db/index.ts'
import type { User } from './user.ts'

interface Row {
  readonly email: string
  /** Milliseconds since the Unix epoch; text from PostgreSQL. */
  readonly verified: number | string
}

export class VerifiedEmails {
  readonly #select: Lookup<unknown>
  readonly #update: ReturnType<Database['prepare']>
  readonly #insert: ReturnType<Database['prepare']>
  readonly #remove: ReturnType<Database['prepare']>

  constructor(database: Database) {
    this.#select = database.prepareLookup('SELECT email, verified FROM nuages_verified_email WHERE user_id = ?')
    this.#update = database.prepare('UPDATE nuages_verified_email SET email = ?, verified = ? WHERE user_id = ?')
    this.#insert = database.prepare('INSERT INTO nuages_verified_email (email, verified, user_id) VALUES (?, ?, ?)')
    this.#remove = database.prepare('DELETE FROM nuages_verified_email WHERE user_id = ?')
  }

  /** When the account has shown that its address of today is its own, in milliseconds since the Unix epoch; `null`: not yet. */
  async verifiedAt(user: User): Promise<number | null> {
    const row = (await this.#select.get([String(user.id)])) as Row | undefined
    return row === undefined || row.email !== user.email || user.email === '' ? null : Number(row.verified)
  }

  async put(user: User, at: number): Promise<void> {
    const values = [user.email, at, String(user.id)]
    if ((await this.#update.run(values)) > 0) return
    try {
      await this.#insert.run(values)
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
      await this.#update.run(values)
    }
  }

  async remove(userId: number | string): Promise<void> {
    await this.#remove.run([String(userId)])
  }
}
