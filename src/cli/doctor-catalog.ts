/**
 * Which tables a database has, as its own catalog tells.
 *
 * Owns the three ways to ask. Leaves what the tables should be to ./doctor-tables.ts.
 */
import type { Dialect, ReadOnlyDatabase } from '../db/index.ts'

export interface Column {
  readonly name: string
  /** As the database spells it, in lower case. */
  readonly type: string
  /** NOT NULL. */
  readonly isRequired: boolean
  /** The database fills it in when an INSERT leaves it out. */
  readonly hasDefault: boolean
  /** It alone identifies a row. */
  readonly isUnique: boolean
  readonly isPrimary: boolean
  /** The table that it refers to, by a foreign key of its own. */
  readonly refersTo: string | null
}

/** A table by its columns. */
export type Table = ReadonlyMap<string, Column>

/** The tables and views that this user sees, by name. */
export type Catalog = ReadonlyMap<string, Table>

interface Row {
  readonly tab: string
  readonly col: string
  readonly type: string
  readonly required: unknown
  readonly filled: unknown
}

interface Reference {
  readonly tab: string
  readonly col: string
  readonly target: string
}

interface Key {
  readonly tab: string
  readonly col: string
  readonly prime: unknown
}

interface Questions {
  readonly columns: string
  readonly references: string
  readonly keys: string
}

/** More columns than a site has; a catalog is no place to run out of memory. */
const most = 50_000

const questions: Readonly<Record<Dialect, Questions>> = {
  sqlite: {
    columns: `SELECT m.name AS tab, c.name AS col, c.type AS type, c."notnull" AS required,
      c.dflt_value IS NOT NULL OR (c.pk > 0 AND lower(c.type) = 'integer') AS filled
      FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') LIMIT ${most}`,
    references: `SELECT m.name AS tab, f."from" AS col, f."table" AS target
      FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' LIMIT ${most}`,
    keys: `SELECT m.name AS tab, i.name AS col, 0 AS prime FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
      WHERE m.type = 'table' AND l."unique" = 1 AND l.partial = 0
        AND (SELECT count(*) FROM pragma_index_info(l.name)) = 1 AND i.name IS NOT NULL
      UNION ALL SELECT m.name, c.name, 1 FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 1
        AND (SELECT count(*) FROM pragma_table_info(m.name) WHERE pk > 0) = 1 LIMIT ${most}`,
  },
  postgresql: {
    columns: `SELECT c.relname AS tab, a.attname AS col, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
      a.atthasdef OR a.attidentity <> '' AS filled
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = current_schema() LIMIT ${most}`,
    references: `SELECT c.relname AS tab, a.attname AS col, t.relname AS target
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
      WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 AND n.nspname = current_schema() LIMIT ${most}`,
    keys: `SELECT c.relname AS tab, a.attname AS col, i.indisprimary AS prime
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
      WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND n.nspname = current_schema() LIMIT ${most}`,
  },
  mysql: {
    columns: `SELECT table_name AS tab, column_name AS col, column_type AS type, is_nullable = 'NO' AS required,
      column_default IS NOT NULL OR extra LIKE '%auto_increment%' AS filled
      FROM information_schema.columns WHERE table_schema = DATABASE() LIMIT ${most}`,
    references: `SELECT table_name AS tab, column_name AS col, referenced_table_name AS target
      FROM information_schema.key_column_usage
      WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL LIMIT ${most}`,
    keys: `SELECT table_name AS tab, MIN(column_name) AS col, index_name = 'PRIMARY' AS prime
      FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0
      GROUP BY table_name, index_name HAVING count(*) = 1 LIMIT ${most}`,
  },
}

/** Reads the tables of the schema that Django would use. */
export async function readCatalog(database: ReadOnlyDatabase): Promise<Catalog> {
  const { columns, references, keys } = questions[database.dialect]
  const at = ({ tab, col }: { readonly tab: string; readonly col: string }): string => `${tab}\0${col}`
  const rows = await database.query<Row>(columns)
  const targets = new Map((await database.query<Reference>(references)).map(row => [at(row), row.target]))
  const unique = new Map<string, boolean>()
  for (const row of await database.query<Key>(keys))
    unique.set(at(row), (unique.get(at(row)) ?? false) || isTrue(row.prime))
  const catalog = new Map<string, Map<string, Column>>()
  for (const row of rows) {
    const table = catalog.get(row.tab) ?? new Map<string, Column>()
    table.set(row.col, {
      name: row.col,
      type: row.type.toLowerCase(),
      isRequired: isTrue(row.required),
      hasDefault: isTrue(row.filled),
      isUnique: unique.has(at(row)),
      isPrimary: unique.get(at(row)) ?? false,
      refersTo: targets.get(at(row)) ?? null,
    })
    catalog.set(row.tab, table)
  }
  return catalog
}

/** Booleans are 0 and 1 in SQLite and MySQL. */
function isTrue(value: unknown): boolean {
  return value === true || Number(value) === 1
}

/** Schemas of PostgreSQL other than the current one in which a Django has made its tables. */
export async function otherSchemas(database: ReadOnlyDatabase): Promise<readonly string[]> {
  if (database.dialect !== 'postgresql') return []
  const rows = await database.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = 'django_migrations' AND n.nspname IS DISTINCT FROM current_schema() ORDER BY 1 LIMIT 20`,
  )
  return rows.map(({ schema }) => schema)
}
