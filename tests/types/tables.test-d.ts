/** An application's own tables, by augmenting `Tables`. */
import type { Generated } from 'kysely'
import { openDatabase } from 'nuages/db'

declare module 'nuages/db' {
  interface Tables {
    type_test_book: { id: Generated<number>; title: string }
  }
}

const db = openDatabase('sqlite::memory:')
export const books: Promise<{ id: number; title: string }[]> = db.kysely
  .selectFrom('type_test_book')
  .selectAll()
  .execute()
export const users: Promise<{ username: string }[]> = db.kysely.selectFrom('auth_user').select('username').execute()
// @ts-expect-error: a column that the table lacks must not compile
db.kysely.selectFrom('type_test_book').select('author')
// @ts-expect-error: a table that nobody declared must not compile
db.kysely.selectFrom('nowhere')
// @ts-expect-error: a Date is no parameter of a statement, it goes through toColumnTime
db.prepare('SELECT ?').get([new Date()])
