/**
 * A resource whose items are the rows of a table.
 *
 * Owns the class. Leaves what it does to ./table-actions.ts.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Tables } from '../db/index.ts'
import type { Operation } from './operation.ts'
import { Resource } from './resource.ts'
import { TableActions } from './table-actions.ts'
import {
  accessOf,
  type ColumnValues,
  completeOptions,
  type ResourceTable,
  type RowOf,
  readActions,
  type TableName,
  type TableResourceOptions,
  writeActions,
} from './table-resource-options.ts'

/** The actions of a resource on a table, those that its `access` names. A subclass may put its own in their place. */
export interface TableResource<Params> extends Resource {
  readonly list?: Operation
  readonly create?: Operation
  readonly retrieve?: Operation<Params>
  readonly update?: Operation<Params>
  readonly partialUpdate?: Operation<Params>
  readonly destroy?: Operation<Params>
}

/** The class that `tableResource` makes. */
export interface TableResourceClass<Params> {
  new (): TableResource<Params>
  readonly asResource: (typeof Resource)['asResource']
}

/**
 * A class to extend: the resource of a table.
 *
 * ```ts no-run
 * class Products extends tableResource({
 *   table: 'store_product',
 *   key: 'slug',
 *   access: { read: 'anyone', write: 'staff' },
 *   show: ['slug', 'name', 'price'],
 *   schema: z.object({ slug: z.string(), name: z.string(), price: z.int() }),
 *   search: ['name'],
 *   filters: { price: { kind: 'integer', lookups: ['gte', 'lte'] } },
 *   ordering: ['name', 'price'],
 * }) {}
 * path('product/', Products.asResource('<slug:slug>', { name: 'product' }))
 * ```
 *
 * Items have an `ETag`. A write with `If-Match` happens only to the state that it names, also when two come at once: the other gets 412.
 *
 * @throws {ConfigError} for writing actions without a schema, and for a schema that does not tell its fields, without `write`.
 */
export function tableResource<
  const Table extends TableName,
  const Key extends keyof Tables[Table] & string,
  const Show extends keyof Tables[Table] & string,
  Schema extends StandardSchemaV1<unknown, ColumnValues<Table>> = StandardSchemaV1<unknown, ColumnValues<Table>>,
>(options: TableResourceOptions<Table, Key, Show, Schema>): TableResourceClass<Pick<RowOf<Table>, Key>> {
  const table = completeOptions(options as unknown as Parameters<typeof completeOptions>[0])
  return class extends ResourceOfTable {
    constructor() {
      super(table)
    }
  } as never
}

class ResourceOfTable extends Resource {
  constructor(table: ResourceTable) {
    super()
    const actions = new TableActions(table, (request, params) => this.itemPath(request, params))
    for (const action of [...readActions, ...writeActions])
      if (accessOf(table.access, action) !== undefined) Object.assign(this, { [action]: actions[action]() })
  }
}
