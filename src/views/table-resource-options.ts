/**
 * What an application declares of a resource on a table.
 *
 * Owns the types, which know the application's tables, and what is filled in where nothing was said.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Expression, ExpressionBuilder, InsertType, SelectType, SqlBool, Updateable } from 'kysely'
import type { Tables } from '../db/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { type Awaitable, ConfigError } from '../kit/index.ts'
import { jsonSchemaOf, propertiesOf } from './described-schema.ts'
import type { Filter, Filters } from './filters.ts'
import type { Access, OperationDeclaration } from './operation.ts'
import type { AnyRow, ColumnKind, RowFilter, TableShape } from './table-rows.ts'

/** A table that the application has declared in `Tables` of `nuages/db`. */
export type TableName = keyof Tables & string
type Column<Table extends TableName> = keyof Tables[Table] & string
type ColumnOf<Table extends TableName, Value> = {
  [Name in Column<Table>]: SelectType<Tables[Table][Name]> extends Value ? Name : never
}[Column<Table>]

/** A row of a table, as the database gives it. */
export type RowOf<Table extends TableName> = { readonly [Name in Column<Table>]: SelectType<Tables[Table][Name]> }

/** Values to write, by column. */
export type ColumnValues<Table extends TableName> = {
  readonly [Name in Column<Table>]?: InsertType<Tables[Table][Name]> | undefined
}

export const readActions = ['list', 'retrieve'] as const
export const writeActions = ['create', 'update', 'partialUpdate', 'destroy'] as const
export type TableAction = (typeof readActions)[number] | (typeof writeActions)[number]

/** Who may do what. An action that neither its own name nor its group says anything about does not exist: 405. */
export type TableAccess = Readonly<Partial<Record<TableAction | 'read' | 'write', Access>>>

/** Words for the API description, by action. */
export type TableDescriptions = Readonly<
  Partial<
    Record<TableAction, Pick<OperationDeclaration, 'summary' | 'description' | 'operationId' | 'tags' | 'deprecated'>>
  >
>

export interface TableResourceOptions<
  Table extends TableName,
  Key extends Column<Table>,
  Show extends Column<Table>,
  Schema extends StandardSchemaV1<unknown, ColumnValues<Table>>,
> {
  readonly table: Table
  /** The column that names an item in its address: unique, never null. The route's placeholder is called the same. */
  readonly key: Key
  /** `read` (`list`, `retrieve`) and `write` (`create`, `update`, `partialUpdate`, `destroy`), or single actions. */
  readonly access: TableAccess
  /** The columns that are shown. No other ever leaves. */
  readonly show: readonly Show[]
  /** What an item is shown as, of the columns that are shown. Default: these. */
  readonly present?: (row: Pick<RowOf<Table>, Show>, request: HttpRequest) => Awaitable<object>
  /** What `present` makes, for the description, and for the check of answers in tests. Default: as `schema` describes the columns shown. */
  readonly item?: StandardSchemaV1
  /** The whole item as it is written. Its fields are columns. Needed for `create`, `update` and `partialUpdate`. */
  readonly schema?: Schema & OnlyColumns<Schema, Table>
  /** The columns that clients may write. Default: the fields that `schema` names, where its library can tell (zod, arktype). */
  readonly write?: readonly (Column<Table> & keyof Output<Schema>)[]
  /**
   * The fields that PATCH leaves as they are, as `schema` takes them: they are checked together with those that it changes. Default: the
   * columns as they are read, times as ISO 8601.
   */
  readonly asInput?: (row: RowOf<Table>) => object
  /** Columns that databases give in different forms: they are read as `Date` or boolean, and shown as ISO 8601 or true and false. */
  readonly kinds?: { readonly [Name in Column<Table>]?: ColumnKind }
  /** Columns of text that `search` looks into. Who may search a column can find out what it holds. Default: there is no search. */
  readonly search?: readonly ColumnOf<Table, string | null>[]
  /** By column: how it may be asked for. Who may ask can find out what it holds. Default: none. */
  readonly filters?: { readonly [Name in Column<Table>]?: Filter }
  /** What the list may be ordered by; the first is the default. Of the columns shown, without those that may be null. Default: the key. */
  readonly ordering?: readonly (Show & ColumnOf<Table, NonNullable<unknown>>)[]
  /** What the API description says of actions. */
  readonly describe?: TableDescriptions
  /** Default: 20. */
  readonly pageSize?: number
  /** Most items that a client may ask for at once. Default: 100. */
  readonly maxPageSize?: number
  /** Whether PUT, PATCH and DELETE must come with `If-Match`: 428 without. Default: false. */
  readonly requireIfMatch?: boolean
  /**
   * The rows that are there for this visitor; all others are 404. Asked once for each request, before any transaction.
   *
   * ```ts no-run
   * visible: async request => { const { id } = await requireUser(request); return row => row('owner_id', '=', id) }
   * ```
   */
  readonly visible?: (request: HttpRequest) => Awaitable<(row: ExpressionBuilder<Tables, Table>) => Expression<SqlBool>>
  /**
   * The last word before values that clients have sent are written: throw to refuse them, return further columns to write. `before`: the
   * row as it was, `null` for a new one. Runs outside any transaction.
   */
  readonly beforeWrite?: (
    values: Partial<Output<Schema>>,
    request: HttpRequest,
    before: RowOf<Table> | null,
    // biome-ignore lint/suspicious/noConfusingVoidType: one that only refuses returns nothing
  ) => Awaitable<Updateable<Tables[Table]> | undefined | void>
}

type Output<Schema extends StandardSchemaV1> = StandardSchemaV1.InferOutput<Schema>

/** Refuses a schema with a field that is no column. */
type OnlyColumns<Schema extends StandardSchemaV1, Table extends TableName> = [
  Exclude<keyof Output<Schema>, Column<Table>>,
] extends [never]
  ? unknown
  : { readonly noColumn: Exclude<keyof Output<Schema>, Column<Table>> }

/** The options of any table, with what was left out filled in. */
export interface ResourceTable extends TableShape {
  readonly access: TableAccess
  readonly show: readonly string[]
  readonly write: readonly string[]
  readonly present: ((row: AnyRow, request: HttpRequest) => Awaitable<object>) | null
  readonly item: StandardSchemaV1 | null
  readonly schema: StandardSchemaV1 | null
  readonly asInput: ((row: AnyRow) => object) | null
  readonly filters: Filters
  readonly ordering: readonly [string, ...string[]]
  readonly pageSize?: number
  readonly maxPageSize?: number
  readonly requireIfMatch: boolean
  readonly visible: ((request: HttpRequest) => Awaitable<RowFilter>) | null
  readonly describe: TableDescriptions
  readonly beforeWrite:
    | ((values: AnyRow, request: HttpRequest, before: AnyRow | null) => Awaitable<AnyRow | undefined>)
    | null
}

/** @throws {ConfigError} for actions without what they need. */
export function completeOptions(
  options: Partial<ResourceTable> & Pick<ResourceTable, 'table' | 'key' | 'access' | 'show'>,
): ResourceTable {
  const { table, key, access, show, schema = null, ordering = [] } = options
  const needsSchema = (['create', 'update', 'partialUpdate'] as const).find(
    action => accessOf(access, action) !== undefined,
  )
  if (needsSchema !== undefined && schema === null)
    throw new ConfigError(
      `The resource on the table "${table}" has no schema for ${needsSchema}.`,
      'Give it one, or leave the writing actions out of `access`.',
    )
  const write = options.write ?? (schema === null ? [] : fieldsOf(schema, table))
  const [first = key, ...others] = ordering
  return {
    table,
    key,
    access,
    show,
    schema,
    write,
    columns: [...new Set([key, ...show, ...write])],
    kinds: options.kinds ?? {},
    search: options.search ?? [],
    filters: options.filters ?? {},
    ordering: [first, ...others],
    present: options.present ?? null,
    item: options.item ?? null,
    asInput: options.asInput ?? null,
    visible: options.visible ?? null,
    describe: options.describe ?? {},
    beforeWrite: options.beforeWrite ?? null,
    requireIfMatch: options.requireIfMatch ?? false,
    ...(options.pageSize !== undefined && { pageSize: options.pageSize }),
    ...(options.maxPageSize !== undefined && { maxPageSize: options.maxPageSize }),
  }
}

/** Who may; `undefined`: there is no such action. */
export function accessOf(access: TableAccess, action: TableAction): Access | undefined {
  const isRead = action === 'list' || action === 'retrieve'
  return access[action] ?? (isRead ? access.read : access.write)
}

/** What a schema lets through is not to be trusted for this: some pass on fields that they do not name. */
function fieldsOf(schema: StandardSchemaV1, table: string): readonly string[] {
  const properties = propertiesOf(jsonSchemaOf(schema, 'input'))
  if (properties !== null) return Object.keys(properties)
  throw new ConfigError(
    `The schema of the resource on the table "${table}" does not tell its fields.`,
    'Name the columns that clients may write in `write`.',
  )
}
