/**
 * The rows of a table behind a resource: how they are found, listed and written.
 *
 * Owns the SQL, and that of two who change a row at once only one does so unseen. Leaves what may be asked for, shown and written to
 * ./table-resource.ts: every name of a column that comes here was declared by the application.
 */
import type { Expression, ExpressionBuilder, Kysely, SelectQueryBuilder, SqlBool } from 'kysely'
import { type Database, sql } from '../db/index.ts'
import type { Cursor, CursorValue } from './cursor.ts'
import { contains, filterExpression } from './filters.ts'
import type { ListQuery } from './list-query.ts'

/** A row, by column. */
export type AnyRow = Readonly<Record<string, unknown>>
type AnyTables = Record<string, Record<string, unknown>>
type Executor = Kysely<AnyTables>
type Query<Selected> = SelectQueryBuilder<AnyTables, string, Selected>

/** Which rows are there for a visitor. */
export type RowFilter = (builder: ExpressionBuilder<AnyTables, string>) => Expression<SqlBool>

/** What a column holds, where databases give it in different forms: read as `Date` or boolean. */
export type ColumnKind = 'time' | 'boolean'

/** What of a table a resource uses. */
export interface TableShape {
  readonly table: string
  /** The column that names a row. Unique. */
  readonly key: string
  /** Every column that is read. */
  readonly columns: readonly string[]
  /** Columns that databases give in different forms. */
  readonly kinds: Readonly<Partial<Record<string, ColumnKind>>>
  /** Text columns that a search looks into. */
  readonly search: readonly string[]
}

/** The items of a page or around a cursor. */
export interface FoundRows {
  readonly rows: readonly AnyRow[]
  /** `null` when it was not asked for. */
  readonly total: number | null
  /** Places to go on from; `null` at the ends, and without a cursor. */
  readonly next: Cursor | null
  readonly previous: Cursor | null
}

/** What became of a write: the row as it is now, or why there was none. */
export type Written = { readonly row: AnyRow } | 'gone' | 'changed'

/** Beside the columns, while a cursor is made. */
const placeColumn = 'nuages_place'

export class TableRows {
  readonly #database: Database
  readonly #db: Executor
  readonly #shape: TableShape
  readonly #visible: RowFilter | null

  constructor(database: Database, shape: TableShape, visible: RowFilter | null) {
    this.#database = database
    this.#db = database.kysely as unknown as Executor
    this.#shape = shape
    this.#visible = visible
  }

  /** The row with this key; `null` when there is none, or none for this visitor. */
  find(key: unknown): Promise<AnyRow | null> {
    return this.#find(this.#db, key)
  }

  async #find(db: Executor, key: unknown, { lock = false }: { readonly lock?: boolean } = {}): Promise<AnyRow | null> {
    const { key: column, columns } = this.#shape
    // No database has such a text; PostgreSQL fails over it.
    if (typeof key === 'string' && key.includes('\0')) return null
    const query = this.#visibleRows(db)
      .select([...columns])
      .where(this.#hasKey(key))
    const row = await (lock && this.#database.dialect !== 'sqlite' ? query.forUpdate() : query).executeTakeFirst()
    // MariaDB takes 'Mug' for 'mug': an item has one address only.
    return row === undefined || String(row[column]) !== String(key) ? null : this.#read(row)
  }

  /** The row in the same form from every database. */
  #read(row: AnyRow): AnyRow {
    const read: Record<string, unknown> = { ...row }
    for (const [column, kind] of Object.entries(this.#shape.kinds)) {
      const value = row[column]
      if (value === null || value === undefined) continue
      read[column] = kind === 'boolean' ? Boolean(value) : new Date(this.#database.fromColumnTime(value))
    }
    return read
  }

  #visibleRows(db: Executor): Query<object> {
    const query = db.selectFrom(this.#shape.table)
    return this.#visible === null ? query : query.where(this.#visible)
  }

  /** PostgreSQL would read a number as the type of the column, and refuse one that the column cannot hold. */
  #hasKey(key: unknown): Expression<SqlBool> {
    const isWide = typeof key === 'number' && this.#database.dialect === 'postgresql'
    return sql<SqlBool>`${sql.ref(this.#shape.key)} = ${isWide ? sql`cast(${key} as bigint)` : sql`${key}`}`
  }

  /** What a list asks for. `cursor`: where to go on, `null` for the beginning or a page. */
  async list(query: ListQuery, cursor: Cursor | null): Promise<FoundRows> {
    const matching = this.#matching(query)
    const total = query.withTotal ? await countOf(matching) : null
    if (query.cursor !== null) return { ...(await this.#around(matching, query, cursor)), total }
    const direction = query.descending ? 'desc' : 'asc'
    const rows = await this.#inOrder(matching.select([...this.#shape.columns]), query.orderBy, direction)
      .limit(query.pageSize)
      .offset((query.page - 1) * query.pageSize)
      .execute()
    return { rows: rows.map(row => this.#read(row)), total, next: null, previous: null }
  }

  #matching(query: ListQuery): Query<object> {
    let matching = this.#visibleRows(this.#db)
    if (query.search !== '' && this.#shape.search.length > 0)
      matching = matching.where(({ or }) => or(this.#shape.search.map(column => contains(column, query.search))))
    for (const condition of query.filters) matching = matching.where(filterExpression(condition, this.#database))
    return matching
  }

  /** Rows with equal values stand in the order of their keys, so that every row has one place. */
  #inOrder<Selected>(query: Query<Selected>, orderBy: string, direction: 'asc' | 'desc'): Query<Selected> {
    const ordered = query.orderBy(orderBy, direction)
    return orderBy === this.#shape.key ? ordered : ordered.orderBy(this.#shape.key, direction)
  }

  async #around(matching: Query<object>, query: ListQuery, cursor: Cursor | null): Promise<Omit<FoundRows, 'total'>> {
    const { orderBy, descending, pageSize } = query
    const backwards = cursor?.backwards ?? false
    const direction = descending === backwards ? 'asc' : 'desc'
    const place = sql<unknown>`cast(${sql.ref(orderBy)} as ${sql.raw(this.#database.dialect === 'mysql' ? 'char' : 'text')})`
    const selected = matching.select([...this.#shape.columns]).select(place.as(placeColumn))
    const behind = cursor === null ? selected : selected.where(this.#isBehind(cursor, direction))
    const found = await this.#inOrder(behind, orderBy, direction)
      .limit(pageSize + 1)
      .execute()
    const hasMore = found.length > pageSize
    const rows = found.slice(0, pageSize).map(row => this.#read(row))
    if (backwards) rows.reverse()
    const placeAt = (row: AnyRow | undefined, back: boolean): Cursor | null =>
      row === undefined ? null : this.#placeOf(row, { orderBy, descending, backwards: back })
    return {
      rows,
      next: hasMore || backwards ? placeAt(rows.at(-1), false) : null,
      previous: (backwards ? hasMore : cursor !== null) ? placeAt(rows[0], true) : null,
    }
  }

  #isBehind(cursor: Cursor, direction: 'asc' | 'desc'): Expression<SqlBool> {
    const { key } = this.#shape
    const operator = sql.raw(direction === 'asc' ? '>' : '<')
    if (cursor.orderBy === key) return sql<SqlBool>`${sql.ref(key)} ${operator} ${cursor.key}`
    return sql<SqlBool>`(${sql.ref(cursor.orderBy)}, ${sql.ref(key)}) ${operator} (${cursor.value}, ${cursor.key})`
  }

  #placeOf(row: AnyRow, order: Pick<Cursor, 'orderBy' | 'descending' | 'backwards'>): Cursor {
    const value = row[order.orderBy]
    // A `Date` has lost the microseconds that the database orders by.
    const exact = value instanceof Date ? row[placeColumn] : value
    return { ...order, value: exact as CursorValue, key: row[this.#shape.key] as CursorValue }
  }

  /** Adds a row. @throws {UniqueViolation} {ReferenceViolation} */
  insert(values: AnyRow): Promise<AnyRow> {
    const { table, key } = this.#shape
    return this.#db.transaction().execute(async db => {
      const insert = db.insertInto(table).values(values)
      const given = values[key]
      if (this.#database.dialect === 'postgresql') {
        const made = await insert.returning(key).executeTakeFirstOrThrow()
        return this.#reread(db, made[key])
      }
      const { insertId } = await insert.executeTakeFirstOrThrow()
      return this.#reread(db, given ?? Number(insertId))
    })
  }

  /**
   * Writes `values` into the row that was `seen`, and reads it again. `ifSame`: only if nobody has changed what is read of it since.
   *
   * @throws {UniqueViolation} {ReferenceViolation}
   */
  update(seen: AnyRow, values: AnyRow, { ifSame }: { readonly ifSame: boolean }): Promise<Written> {
    const { table, key } = this.#shape
    return this.#locked(seen, ifSame, async db => {
      if (Object.keys(values).length > 0)
        await db.updateTable(table).set(values).where(this.#hasKey(seen[key])).execute()
      return await this.#reread(db, values[key] ?? seen[key])
    })
  }

  /** As `update`. Resolves the row that was. @throws {ReferenceViolation} when others refer to it. */
  delete(seen: AnyRow, { ifSame }: { readonly ifSame: boolean }): Promise<Written> {
    return this.#locked(seen, ifSame, async db => {
      await db.deleteFrom(this.#shape.table).where(this.#hasKey(seen[this.#shape.key])).execute()
      return seen
    })
  }

  /**
   * Does `work` on a row that nobody else can write meanwhile: on SQLite the transaction has the file's one write lock from its start,
   * elsewhere the row is locked by reading it.
   */
  async #locked(seen: AnyRow, ifSame: boolean, work: (db: Executor) => Promise<AnyRow>): Promise<Written> {
    return this.#db.transaction().execute(async db => {
      const present = await this.#find(db, seen[this.#shape.key], { lock: true })
      if (present === null) return 'gone'
      if (ifSame && this.contentOf(present) !== this.contentOf(seen)) return 'changed'
      return { row: await work(db) }
    })
  }

  async #reread(db: Executor, key: unknown): Promise<AnyRow> {
    const { table, columns } = this.#shape
    const query = db.selectFrom(table).select([...columns])
    return this.#read(await query.where(this.#hasKey(key)).executeTakeFirstOrThrow())
  }

  /** The row as text: two rows are the same when their texts are. */
  contentOf(row: AnyRow): string {
    return JSON.stringify(this.#shape.columns.map(column => plain(row[column])))
  }
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

async function countOf(query: Query<object>): Promise<number> {
  const { total } = await query.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow()
  return Number(total)
}
