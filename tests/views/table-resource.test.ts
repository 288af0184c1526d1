import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import type { Kysely } from 'kysely'
import { ConfigError, createApp, defineSettings, listQuery, pageOf, path, type Resource, tableResource } from 'nuages'
import { Client } from 'nuages/testing'
import * as v from 'valibot'
import { z } from 'zod'

declare module 'nuages/db' {
  interface Tables {
    views_test_note: { id: number; text: string; pinned: boolean | number; author: string }
  }
}

const access = { read: 'anyone', write: 'anyone' } as const
const note = { table: 'views_test_note', key: 'id', access, show: ['id', 'text', 'pinned'] } as const

async function open(t: TestContext, resource: new () => Resource): Promise<Client> {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'k'.repeat(50),
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
    }),
    urls: [path('note/', (resource as unknown as typeof Resource).asResource('<int:id>'))],
    logger: null,
  })
  t.after(() => app.close())
  await (app.db as unknown as Kysely<unknown>).schema
    .createTable('views_test_note')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('text', 'varchar(100)', column => column.notNull())
    .addColumn('pinned', 'boolean', column => column.notNull())
    .addColumn('author', 'varchar(100)', column => column.notNull().defaultTo('nobody'))
    .execute()
  return new Client(app)
}

async function dataOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { data: unknown }).data
}

function describedBy(schema: unknown): Record<string, unknown> {
  return (schema as StandardJSONSchemaV1)['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
}

describe('a resource on a table', () => {
  it('takes any Standard Schema, and writes nothing that it does not name', async t => {
    const write = ['id', 'text', 'pinned'] as const
    const schemas = {
      // @ts-expect-error: a field that is no column could come along
      zod: tableResource({ ...note, schema: z.looseObject({ id: z.int(), text: z.string(), pinned: z.boolean() }) }),
      // Fields that were not declared stay in what it gives.
      arktype: tableResource({ ...note, schema: type({ id: 'number', text: 'string', pinned: 'boolean' }) }),
      valibot: tableResource({
        ...note,
        write,
        // @ts-expect-error: a field that is no column could come along
        schema: v.looseObject({ id: v.number(), text: v.string(), pinned: v.boolean() }),
        kinds: { pinned: 'boolean' },
      }),
    }
    for (const [library, resource] of Object.entries(schemas)) {
      const client = await open(t, resource)
      const json = { id: 7, text: 'hello', pinned: true, author: 'eve' }
      assert.equal((await client.post('/note/', { json })).status, 201, library)
      assert.equal((await client.put('/note/7/', { json })).status, 200, library)
      const row = await client.app.db.selectFrom('views_test_note').selectAll().executeTakeFirst()
      assert.deepEqual({ ...row }, { id: 7, text: 'hello', pinned: 1, author: 'nobody' }, library)
    }
  })

  it('reads booleans as such from a database that has none, so that a part fits with the whole', async t => {
    const schema = z.object({ id: z.int(), text: z.string(), pinned: z.boolean() })
    const client = await open(t, tableResource({ ...note, schema, kinds: { pinned: 'boolean' } }))
    await client.post('/note/', { json: { id: 7, text: 'hello', pinned: false } })
    assert.deepEqual(await dataOf(await client.patch('/note/7/', { json: { text: 'bye' } })), {
      id: 7,
      text: 'bye',
      pinned: false,
    })
  })

  it('gives the database’s own number to an item that has none', async t => {
    const schema = z.object({ text: z.string(), pinned: z.boolean() })
    const client = await open(t, tableResource({ ...note, schema }))
    const made = await client.post('/note/', { json: { text: 'hello', pinned: false } })
    assert.equal(made.headers.get('location'), '/note/1/')
    assert.equal((await client.get('/note/1/')).status, 200)
  })

  it('writes an item whole or not at all', async t => {
    const schema = z.object({ id: z.int(), text: z.string(), pinned: z.boolean() })
    const client = await open(t, tableResource({ ...note, schema, kinds: { pinned: 'boolean' } }))
    const json = { id: 7, text: 'hello', pinned: false }
    assert.equal((await client.post('/note/', { json })).status, 201)
    const rows = () => client.app.db.selectFrom('views_test_note').selectAll().execute()
    const before = await rows()
    // What was written is gone from where it is read again.
    for (const event of ['INSERT', 'UPDATE OF text'])
      await client.app.database
        .prepare(`CREATE TRIGGER ${event.slice(0, 6)}_moves AFTER ${event} ON views_test_note BEGIN
          UPDATE views_test_note SET id = NEW.id + 1000 WHERE id = NEW.id; END`)
        .run([])
    assert.equal((await client.post('/note/', { json: { ...json, id: 8 } })).status, 500)
    assert.equal((await client.put('/note/7/', { json: { ...json, text: 'bye' } })).status, 500)
    assert.equal((await client.patch('/note/7/', { json: { text: 'bye' } })).status, 500)
    assert.deepEqual(await rows(), before)
  })

  it('has the actions that somebody may do, no others', async t => {
    const client = await open(t, tableResource({ ...note, access: { list: 'anyone', destroy: 'staff' } }))
    assert.equal((await client.get('/note/')).status, 200)
    assert.equal((await client.post('/note/')).status, 405)
    assert.equal((await client.get('/note/1/')).headers.get('allow'), 'DELETE, OPTIONS')
    assert.equal((await client.delete('/note/1/')).status, 401)
  })

  it('shows what `present` makes, and notices when that changes', async t => {
    let mood = 'fine'
    const client = await open(
      t,
      tableResource({
        ...note,
        schema: z.object({ id: z.int(), text: z.string(), pinned: z.boolean() }),
        item: z.object({ id: z.int(), mood: z.string() }),
        present: ({ id }) => ({ id, mood }),
      }),
    )
    const made = await client.post('/note/', { json: { id: 1, text: 'hello', pinned: false } })
    assert.deepEqual(await dataOf(made), { id: 1, mood })
    const etag = made.headers.get('etag') ?? ''
    assert.equal((await client.get('/note/1/', { headers: { 'If-None-Match': etag } })).status, 304)
    mood = 'gloomy'
    assert.equal((await client.get('/note/1/', { headers: { 'If-None-Match': etag } })).status, 200)
    assert.deepEqual(await dataOf(await client.get('/note/1/?fields=mood')), { mood })
  })

  it('cannot be made without what it needs', () => {
    assert.throws(() => tableResource(note), ConfigError)
    assert.throws(() => tableResource({ ...note, schema: v.object({ text: v.string() }) }), ConfigError)
    assert.throws(
      () => listQuery({ ordering: ['id'], filters: { page: { kind: 'integer' } } }),
      (error: unknown) => error instanceof ConfigError && /"page"/.test(error.message),
    )
  })

  it('describes itself', () => {
    const schema = z.object({ id: z.int(), text: z.string().max(100), pinned: z.boolean() })
    const resource = new (tableResource({ ...note, schema, search: ['text'], ordering: ['id', 'text'] }))()
    const { list, partialUpdate, update } = resource
    const query = describedBy(list?.declaration.query).properties as Record<string, Record<string, unknown>>
    assert.deepEqual(Object.keys(query).sort(), [
      'cursor',
      'fields',
      'ordering',
      'page',
      'page_size',
      'search',
      'total',
    ])
    assert.deepEqual(query.ordering?.enum, ['id', '-id', 'text', '-text'])
    assert.equal(update?.declaration.body, schema)
    const part = describedBy(partialUpdate?.declaration.body)
    assert.equal(part.required, undefined)
    assert.deepEqual(Object.keys(part.properties as object), ['id', 'text', 'pinned'])
    const page = describedBy(list?.declaration.responses?.[200])
    const { items } = page.properties as { readonly items: { readonly items: Record<string, unknown> } }
    assert.deepEqual(items.items.required, ['id', 'text', 'pinned'])
    assert.deepEqual(Object.keys(update?.declaration.problems ?? {}), ['404', '409', '412'])
  })
})

it('a page is what its schema says', async () => {
  const schema = pageOf(z.object({ id: z.int() }))
  const check = async (value: unknown): Promise<readonly StandardSchemaV1.Issue[]> =>
    (await schema['~standard'].validate(value)).issues ?? []
  assert.deepEqual(await check({ items: [{ id: 1 }], total: 1, page: 1, pageSize: 20 }), [])
  assert.deepEqual(
    (await check({ items: [{ id: 'x' }], total: 1, page: 1, pageSize: 20 })).map(({ path }) => path),
    [['items', 0, 'id']],
  )
  assert.equal((await check({ items: [], total: 1, page: 1 })).length, 1)
  assert.equal((await check({ items: [], total: 1, page: 1, pageSize: 20, secret: 1 })).length, 1)
  assert.equal((await check([])).length, 1)
})
