/**
 * What a resource on a table does for each of its actions.
 *
 * Owns the order of things: which item, what state of it, what is sent, what may be written, what is shown. Leaves SQL to ./table-rows.ts.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { ReferenceViolation, UniqueViolation } from '../db/index.ts'
import { checkInput, formErrorKey, ValidationError } from '../forms/index.ts'
import { type HttpRequest, HttpResponse, NotFound } from '../http/index.ts'
import { type Cursor, parseCursor, serializeCursor } from './cursor.ts'
import { jsonSchemaOf, propertiesOf } from './described-schema.ts'
import { responseSuccess } from './envelope.ts'
import { AlreadyExists, ItemChanged, StillInUse, TooManyChanges } from './errors.ts'
import { checkWrite, etagOf, isNotModified } from './etag.ts'
import { itemQuery, type ListQuery, listQuery } from './list-query.ts'
import { type Operation, type OperationDeclaration, operation } from './operation.ts'
import { cursorPageOf, withSomeFields } from './pages.ts'
import { pick, requireText, someOf, timesAsText } from './row-values.ts'
import { itemHeaders, itemProblems, newItemHeaders, readHeaders, writeHeaders } from './table-declarations.ts'
import { partOf, shownItem } from './table-item-schemas.ts'
import { accessOf, type ResourceTable, type TableAction } from './table-resource-options.ts'
import { type AnyRow, TableRows, type Written } from './table-rows.ts'

type Params = Readonly<Record<string, unknown>>

/** An item as a request finds it. */
interface FoundItem {
  readonly rows: TableRows
  readonly row: AnyRow
}

interface ShownItem extends FoundItem {
  /** With all its fields. */
  readonly shown: AnyRow
  readonly etag: string
}

interface ItemToWrite extends FoundItem {
  /** Whether the client has named the state that it means to change. */
  readonly isConditional: boolean
}

/** Attempts to change a part of an item that others keep changing. */
const maxAttempts = 20

export class TableActions {
  readonly #table: ResourceTable
  readonly #item: StandardSchemaV1
  /** What `fields` may name. */
  readonly #fields: readonly string[]
  readonly #locate: (request: HttpRequest, params: Params) => string

  /** `locate`: the address of an item, in a request to the list. */
  constructor(table: ResourceTable, locate: (request: HttpRequest, params: Params) => string) {
    this.#table = table
    this.#item = table.item ?? shownItem(table.show, table.schema)
    const properties = table.item && propertiesOf(jsonSchemaOf(table.item, 'output'))
    this.#fields = properties === null ? table.show : Object.keys(properties)
    this.#locate = locate
  }

  list(): Operation<Params> {
    const { ordering, filters, search, pageSize, maxPageSize } = this.#table
    const query = listQuery({
      ordering,
      filters,
      search: search.length > 0,
      cursor: true,
      fields: this.#fields,
      ...(pageSize !== undefined && { pageSize }),
      ...(maxPageSize !== undefined && { maxPageSize }),
    })
    const declared = { query, responses: { 200: cursorPageOf(withSomeFields(this.#item)) } }
    return operation({ ...this.#declared('list'), ...declared }, async (request, _params, { query }) => {
      const data = await this.#page(request, query)
      return responseSuccess(data, { headers: { 'Cache-Control': this.#cacheControl('list') } })
    })
  }

  async #page(request: HttpRequest, asked: ListQuery): Promise<object> {
    const { settings } = request.app
    const { table } = this.#table
    const cursor = asked.cursor === null || asked.cursor === '' ? null : this.#readCursor(request, asked)
    const query = cursor === null ? asked : { ...asked, orderBy: cursor.orderBy, descending: cursor.descending }
    const rows = await this.#rows(request)
    const found = await rows.list(query, cursor)
    const shown = await Promise.all(found.rows.map(row => this.#show(row, request)))
    const items = shown.map(item => someOf(item, query.fields))
    const { page, pageSize } = query
    if (query.cursor === null) return { items, total: found.total, page, pageSize }
    const link = (place: Cursor | null): string | null => place && serializeCursor(place, table, settings)
    return {
      items,
      next: link(found.next),
      previous: link(found.previous),
      pageSize,
      ...(found.total !== null && { total: found.total }),
    }
  }

  /** A cursor goes on in the order it was made in. */
  #readCursor(request: HttpRequest, query: ListQuery): Cursor {
    const cursor = parseCursor(query.cursor as string, this.#table.table, request.app.settings)
    const isOther =
      request.GET.has('ordering') && (cursor?.orderBy !== query.orderBy || cursor.descending !== query.descending)
    if (cursor === null || isOther || !this.#table.ordering.includes(cursor.orderBy))
      throw new ValidationError({ cursor: ['This is no cursor of this list.'] })
    return cursor
  }

  retrieve(): Operation<Params> {
    const responses = { 200: withSomeFields(this.#item), 304: null }
    const headers = { requestHeaders: readHeaders, responseHeaders: itemHeaders }
    const declared = { query: itemQuery(this.#fields), responses, ...headers }
    return operation(
      {
        ...this.#declared('retrieve', [404, 412]),
        ...declared,
        find: async (request: HttpRequest, params: Params) => this.#shown(request, await this.#find(request, params)),
      },
      (request, _params, { found, query }) => {
        const { shown, etag } = found
        const headers = { ETag: etag, 'Cache-Control': this.#cacheControl('retrieve') }
        if (isNotModified(request, etag)) return new HttpResponse(null, { status: 304, headers })
        return responseSuccess(someOf(shown, query.fields), { headers })
      },
    )
  }

  create(): Operation<Params> {
    const body = this.#table.schema as StandardSchemaV1
    const declared = { body, responses: { 201: this.#item }, responseHeaders: newItemHeaders }
    return operation({ ...this.#declared('create', [409]), ...declared }, async (request, _params, { body }) => {
      const values = await this.#values(request, body, this.#table.write, null)
      const rows = await this.#rows(request)
      const row = await this.#translated(() => rows.insert(values))
      const { shown, etag } = await this.#shown(request, { rows, row })
      const { key } = this.#table
      const location = this.#locate(request, { [key]: row[key] })
      return responseSuccess(shown, { status: 201, headers: { ...this.#fresh(etag), Location: location } })
    })
  }

  update(): Operation<Params> {
    const body = this.#table.schema as StandardSchemaV1
    return operation(
      { ...this.#declaredWrite('update'), body, responses: { 200: this.#item }, responseHeaders: itemHeaders },
      async (request, _params, { found, body }) => {
        const { rows, row, isConditional } = found
        const values = await this.#values(request, body, this.#table.write, row)
        const written = await this.#translated(() => rows.update(row, values, { ifSame: isConditional }))
        return this.#answer(request, rows, written)
      },
    )
  }

  partialUpdate(): Operation<Params> {
    const schema = this.#table.schema as StandardSchemaV1
    return operation(
      {
        ...this.#declaredWrite('partialUpdate'),
        body: partOf(schema),
        responses: { 200: this.#item },
        responseHeaders: itemHeaders,
      },
      async (request, _params, { found, body }) => {
        const { rows, isConditional } = found
        let { row } = found
        for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
          const values = await this.#partOfValues(request, body, row)
          // The fields that are not sent were part of what was checked.
          const written = await this.#translated(() => rows.update(row, values, { ifSame: true }))
          if (written !== 'changed' || isConditional) return this.#answer(request, rows, written)
          row = await this.#require(rows.find(row[this.#table.key]))
        }
        throw new TooManyChanges()
      },
    )
  }

  destroy(): Operation<Params> {
    return operation(
      { ...this.#declaredWrite('destroy'), responses: { 200: null } },
      async (_request, _params, { found }) => {
        const { rows, row, isConditional } = found
        try {
          this.#requireWritten(await rows.delete(row, { ifSame: isConditional }))
        } catch (error) {
          if (error instanceof ReferenceViolation) throw new StillInUse({ cause: error })
          throw error
        }
      },
    )
  }

  #declared(action: TableAction, statuses: readonly (keyof typeof itemProblems)[] = []): OperationDeclaration {
    const { access, describe } = this.#table
    return {
      ...describe[action],
      access: accessOf(access, action) ?? 'anyone',
      problems: Object.fromEntries(statuses.map(status => [status, itemProblems[status]])),
    }
  }

  #declaredWrite(
    action: TableAction,
  ): OperationDeclaration & { find(request: HttpRequest, params: Params): Promise<ItemToWrite> } {
    const { requireIfMatch } = this.#table
    const statuses = [404, 409, 412, ...(requireIfMatch ? ([428] as const) : [])] as const
    return {
      ...this.#declared(action, statuses),
      requestHeaders: writeHeaders(requireIfMatch),
      find: async (request, params) => {
        const found = await this.#find(request, params)
        const { etag } = await this.#shown(request, found)
        return { ...found, isConditional: checkWrite(request, etag, requireIfMatch) }
      },
    }
  }

  async #rows(request: HttpRequest): Promise<TableRows> {
    const visible = (await this.#table.visible?.(request)) ?? null
    return new TableRows(request.app.database, this.#table, visible)
  }

  async #find(request: HttpRequest, params: Params): Promise<FoundItem> {
    const rows = await this.#rows(request)
    return { rows, row: await this.#require(rows.find(params[this.#table.key])) }
  }

  async #require(finding: Promise<AnyRow | null>): Promise<AnyRow> {
    const row = await finding
    if (row === null) throw new NotFound('There is no such item.')
    return row
  }

  /** An item as it is shown, all of it. Its tag also tells of columns that are written and not shown: their change counts too. */
  async #shown(request: HttpRequest, found: FoundItem): Promise<ShownItem> {
    const shown = await this.#show(found.row, request)
    const content = `${found.rows.contentOf(found.row)}${JSON.stringify(shown)}`
    return { ...found, shown, etag: etagOf(content, request.app.settings.SECRET_KEY) }
  }

  async #show(row: AnyRow, request: HttpRequest): Promise<AnyRow> {
    const columns = pick(row, this.#table.show)
    return this.#table.present === null ? columns : ((await this.#table.present(columns, request)) as AnyRow)
  }

  /** What is written of a body that the schema has passed. */
  async #values(
    request: HttpRequest,
    body: unknown,
    columns: readonly string[],
    before: AnyRow | null,
  ): Promise<AnyRow> {
    const values = pick(body as AnyRow, columns)
    requireText(values)
    const more = await this.#table.beforeWrite?.(values, request, before)
    return { ...values, ...more }
  }

  /** Checks the item as it would be, and takes of it what was sent. */
  async #partOfValues(request: HttpRequest, body: AnyRow, row: AnyRow): Promise<AnyRow> {
    const { schema, asInput, write } = this.#table
    const present = asInput === null ? timesAsText(pick(row, write)) : asInput(row)
    // Without prototype: a field `__proto__` is one like any other.
    const whole = Object.assign(Object.create(null), present, body)
    const checked = await checkInput(schema as StandardSchemaV1, whole)
    if (checked.errors !== null) throw new ValidationError(checked.errors)
    const sent = write.filter(column => Object.hasOwn(body, column))
    return this.#values(request, checked.value, sent, row)
  }

  async #answer(request: HttpRequest, rows: TableRows, written: Written): Promise<HttpResponse> {
    const row = this.#requireWritten(written)
    const { shown, etag } = await this.#shown(request, { rows, row })
    return responseSuccess(shown, { headers: this.#fresh(etag) })
  }

  #requireWritten(written: Written): AnyRow {
    if (written === 'changed') throw new ItemChanged()
    if (written === 'gone') throw new NotFound('There is no such item.')
    return written.row
  }

  async #translated<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (error instanceof UniqueViolation) throw new AlreadyExists(this.#takenFields(error), { cause: error })
      if (error instanceof ReferenceViolation)
        throw new ValidationError({ [formErrorKey]: ['This refers to something that is not there.'] })
      throw error
    }
  }

  /** MariaDB tells the index only, which is often called like its column. */
  #takenFields({ columns, constraint }: UniqueViolation): readonly string[] {
    const names = columns.length > 0 ? columns : [constraint]
    return this.#table.write.filter(column => names.includes(column))
  }

  #fresh(etag: string): Record<string, string> {
    return { ETag: etag, 'Cache-Control': 'private, no-cache' }
  }

  /** Kept, but asked about each time. What not everybody may see is for the visitor's own browser only. */
  #cacheControl(action: 'list' | 'retrieve'): string {
    const { access, visible } = this.#table
    return accessOf(access, action) === 'anyone' && visible === null ? 'no-cache' : 'private, no-cache'
  }
}
