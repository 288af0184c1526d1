import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseUnavailable, ReferenceViolation } from './errors.ts'
import { isLocked, isReadOnly, isStuck, toSqliteError } from './sqlite-errors.ts'

/** As Deno gives them from `exec`. */
function codeless(text: string): Error {
  return Object.assign(new Error(text), { code: 'ERR_SQLITE_ERROR' })
}

describe("an error of SQLite's without a number", () => {
  it('is known by its text', () => {
    assert(isLocked(codeless('database is locked')))
    assert(isReadOnly(codeless('attempt to write a readonly database')))
    assert(isStuck(codeless('file is not a database')))
    assert(!isStuck(codeless('database is locked')))
    const missing = toSqliteError(codeless('unable to open database file: /site/db.sqlite3'), '/site/db.sqlite3')
    assert(missing instanceof DatabaseUnavailable && missing.reason === 'missing')
    assert(toSqliteError(codeless('FOREIGN KEY constraint failed'), 'x') instanceof ReferenceViolation)
  })

  it('is a bug when the text is none of them, or the error not one of SQLite', () => {
    for (const error of [codeless('near "SELCT": syntax error'), new Error('database is locked')]) {
      assert.equal(toSqliteError(error, 'x'), error)
      assert(!isLocked(error))
    }
  })
})
