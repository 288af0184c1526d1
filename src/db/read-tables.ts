/** Which tables a database has, with their columns. */
import type { QueryExecutorProvider } from 'kysely'
import { sql } from './kysely.ts'
import type { Dialect } from './url.ts'

const columnQueries: Readonly<Record<Dialect, string>> = {
  sqlite: `SELECT tables.name AS tab, columns.name AS col, columns.type AS kind
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'`,
  postgresql: `SELECT table_name AS tab, column_name AS col, data_type AS kind
    FROM information_schema.columns WHERE table_schema = current_schema()`,
  mysql: `SELECT table_name AS tab, column_name AS col, data_type AS kind
    FROM information_schema.columns WHERE table_schema = DATABASE()`,
}

/** Columns by name, each with its type as the database spells it. */
export type TableColumns = ReadonlyMap<string, string>

/** Every table of the database with its columns. */
export async function readTables(
  connection: QueryExecutorProvider,
  dialect: Dialect,
): Promise<ReadonlyMap<string, TableColumns>> {
  const query = sql.raw<{ tab: string; col: string; kind: string }>(columnQueries[dialect])
  const tables = new Map<string, Map<string, string>>()
  for (const { tab, col, kind } of (await query.execute(connection)).rows) {
    const columns = tables.get(tab) ?? new Map<string, string>()
    tables.set(tab, columns.set(col, kind))
  }
  return tables
}
