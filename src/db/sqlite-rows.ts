/**
 * The rows of one statement, as plain objects by column names.
 *
 * `node:sqlite` makes objects itself, which V8 keeps as dictionaries: to make one and read its eleven columns takes twice as long as to take a list and
 * name its values here.
 */
import type { SqliteConnection, SqliteValue } from './sqlite-connection.ts'

type Prepared = ReturnType<SqliteConnection['statement']>
type Values = readonly unknown[]

/** What a change of the table would give other names while the statement is ready: `SELECT *`. And a name that is none in a plain object. */
const unsteady = /\*|__proto__/

export class SqliteRows {
  readonly #isSteady: boolean
  #statement: Prepared | null = null
  #names: readonly string[] = []

  constructor(sql: string) {
    this.#isSteady = !unsteady.test(sql)
  }

  /** The first row; `undefined`: there is none. `statement`: of the same SQL each time, but not always of the same connection. */
  first(statement: Prepared, values: readonly SqliteValue[]): unknown {
    if (!this.#isSteady) return statement.get(...values)
    this.#learn(statement)
    const row = statement.get(...values) as Values | undefined
    return row && this.#named(row)
  }

  all(statement: Prepared, values: readonly SqliteValue[]): unknown[] {
    if (!this.#isSteady) return statement.all(...values)
    this.#learn(statement)
    return statement.all(...values).map(row => this.#named(row as unknown as Values))
  }

  #learn(statement: Prepared): void {
    if (statement === this.#statement) return
    statement.setReturnArrays(true)
    this.#names = statement.columns().map(({ name }) => name)
    this.#statement = statement
  }

  #named(values: Values): Record<string, unknown> {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < values.length; index += 1) row[this.#names[index] as string] = values[index]
    return row
  }
}
