import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import type { OpenApiDocument, OperationObject } from '../../src/openapi/index.ts'
import { path } from '../../src/urls/index.ts'
import { operation, View } from '../../src/views/index.ts'
import { checkedIn } from '../../tools/api-types.ts'
import { openLibrary } from './library.ts'

function describeLibrary(t: TestContext): { document: OpenApiDocument; notes: readonly string[] } {
  return openLibrary(t).describeApi()
}

function operationAt(
  document: OpenApiDocument,
  at: string,
  method: 'get' | 'post' | 'put' | 'delete',
): OperationObject {
  const found = document.paths[at]?.[method]
  assert.ok(found, `${method} ${at} is not described`)
  return found
}

/** What `$ref` leads to. */
function resolved(document: OpenApiDocument, reference: unknown): unknown {
  let value: unknown = document
  for (const key of String(reference).replace(/^#\//, '').split('/')) value = (value as Record<string, unknown>)[key]
  return value
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) =>
    key === '$ref' && typeof inside === 'string' ? [inside] : referencesIn(inside),
  )
}

async function requireValid(document: OpenApiDocument): Promise<void> {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
  assert.equal(valid, true, JSON.stringify(errors))
  for (const reference of referencesIn(document)) assert.ok(resolved(document, reference), `${reference} leads nowhere`)
}

describe('the description of an API', () => {
  it('is valid OpenAPI 3.1 by a public validator, and the same each time', async t => {
    const app = openLibrary(t, {
      api: {
        title: 'Library',
        version: '2.1',
        description: 'Books.',
        servers: ['https://library.example'],
        tags: { books: 'What one reads.' },
      },
    })
    const { document } = app.describeApi()
    await requireValid(document)
    assert.equal(JSON.stringify(app.describeApi().document), JSON.stringify(document))
    assert.deepEqual(document.info, { title: 'Library', version: '2.1', description: 'Books.' })
    assert.deepEqual(document.servers, [{ url: 'https://library.example' }])
    assert.deepEqual(document.tags?.[0], { name: 'books', description: 'What one reads.' })
    assert.equal(app.describeApi({ title: 'Other' }).document.info.title, 'Other')
  })

  it('is valid for the store as well', async () => {
    for (const { describe } of checkedIn) await requireValid((await describe()) as OpenApiDocument)
  })

  it('lists declared operations wherever they are, undeclared ones below the prefix by their methods, and no pages', t => {
    const { document, notes } = describeLibrary(t)
    assert.deepEqual(Object.keys(document.paths), [
      '/api/book/',
      '/api/book/{slug}/',
      '/api/cover/{digest}/',
      '/api/login/',
      '/api/loan/{loan}/',
      '/api/shelf/',
      '/api/hook/{id}/',
      '/%C3%A9lan/{file}',
    ])
    const undeclared = operationAt(document, '/api/loan/{loan}/', 'delete')
    assert.deepEqual(Object.keys(undeclared.responses), ['200', '403', 'default'])
    assert.match(notes.join('\n'), /^\/api\/book\/<int:id>\/ is left out: .* \/api\/book\/\{slug\}\//m)
    assert.match(notes.join('\n'), /^\/api\/any\/ is left out: the view answers every method/m)
    const without = openLibrary(t).describeApi({ prefix: null }).document
    assert.equal(without.paths['/api/loan/{loan}/']?.delete, undefined)
    assert.ok(without.paths['/api/loan/{loan}/']?.get)
  })

  it('types the parameters of the path by their converters', t => {
    const { document } = describeLibrary(t)
    const schemaAt = (at: string): unknown => document.paths[at]?.parameters?.[0]?.schema
    assert.deepEqual(schemaAt('/api/hook/{id}/'), { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
    assert.deepEqual(schemaAt('/api/book/{slug}/'), { type: 'string', pattern: '^[-a-zA-Z0-9_]+$' })
    assert.deepEqual(schemaAt('/api/loan/{loan}/'), { type: 'string', format: 'uuid' })
    assert.deepEqual(schemaAt('/%C3%A9lan/{file}'), { type: 'string', minLength: 1 })
    assert.deepEqual(schemaAt('/api/cover/{digest}/'), { type: 'string', pattern: '^(?:[0-9a-f]{32})$' })
  })

  it('makes a parameter of each field of the query, with what the schema says of it', t => {
    const { document } = describeLibrary(t)
    const { parameters = [], summary, tags } = operationAt(document, '/api/book/', 'get')
    assert.deepEqual([summary, tags], ['Find books', ['books']])
    assert.deepEqual(
      parameters.map(({ name, required = false }) => [name, required]),
      [
        ['q', false],
        ['page', false],
        ['tag', false],
      ],
    )
    assert.equal(parameters[0]?.description, 'Words in the title.')
    assert.deepEqual(parameters[0]?.schema, { type: 'string', maxLength: 100 })
    assert.equal(parameters[1]?.schema.default, 1)
    assert.equal(parameters[2]?.schema.type, 'array')
    const [open] = operationAt(document, '/api/loan/{loan}/', 'get').parameters ?? []
    assert.deepEqual((open?.schema.enum as string[] | undefined)?.toSorted(), ['no', 'yes'])
  })

  it('keeps schemas with an id as components, once, with their examples', t => {
    const { document } = describeLibrary(t)
    const { schemas } = document.components
    assert.deepEqual(Object.keys(schemas), [
      'Author',
      'Book',
      // Those that refer to themselves and have no id.
      'GetApiShelfAnswer',
      'PostApiShelfAnswerPart',
      'PostApiShelfBody',
      'Problem',
      'ValidationProblem',
    ])
    assert.equal(schemas.Book?.description, 'A book of the library.')
    assert.match(JSON.stringify(schemas.Author), /"examples":\["Jane Austen"\]/)
    const body = operationAt(document, '/api/book/', 'post').requestBody?.content['application/json']?.schema
    assert.deepEqual(body, { $ref: '#/components/schemas/Book' })
  })

  it('gives different schemas of one id different names', t => {
    class Twice extends View {
      get = operation({ responses: { 200: z.object({ a: z.string() }).meta({ id: 'Same' }) } }, () => ({ a: '' }))
    }
    class Other extends View {
      // The registry of zod takes an id once; another library's copy knows nothing of it.
      get = operation({ responses: { 200: withId('Same', { type: 'string' }) } }, () => '')
    }
    const { document } = openLibrary(t, {
      urls: [path('api/a/', Twice.asView()), path('api/b/', Other.asView()), path('api/c/', Other.asView())],
    }).describeApi()
    const data = (at: string): unknown => {
      const { responses } = operationAt(document, at, 'get')
      return JSON.parse(JSON.stringify(responses[200])).content['application/json'].schema.properties.data
    }
    assert.deepEqual(data('/api/a/'), { $ref: '#/components/schemas/Same' })
    assert.deepEqual(data('/api/b/'), { $ref: '#/components/schemas/Same2' })
    assert.deepEqual(data('/api/c/'), { $ref: '#/components/schemas/Same2' })
    assert.deepEqual(document.components.schemas.Same2, { type: 'string' })
  })

  it('shows data in its envelope, other content by its type, and nothing for 204', t => {
    const { document } = describeLibrary(t)
    const created = operationAt(document, '/api/book/', 'post').responses[201]
    assert.deepEqual((created as { content: unknown }).content, {
      'application/json': {
        schema: {
          type: 'object',
          properties: {
            code: { const: 0 },
            message: { type: 'string', examples: ['success'] },
            data: { $ref: '#/components/schemas/Book' },
          },
          required: ['code', 'message', 'data'],
        },
      },
    })
    const removed = operationAt(document, '/api/book/{slug}/', 'delete')
    assert.deepEqual(removed.responses[204], { description: 'No Content' })
    assert.equal(removed.deprecated, true)
    assert.deepEqual(operationAt(document, '/api/book/{slug}/', 'get').responses[304], { description: 'Not Modified' })
    const picture = operationAt(document, '/api/cover/{digest}/', 'get').responses[200]
    assert.deepEqual((picture as { content: unknown }).content, {
      'image/*': { schema: { type: 'string', format: 'binary' } },
    })
  })

  it('describes the files of a form with their limits', t => {
    const { document } = describeLibrary(t)
    const cover = operationAt(document, '/api/cover/{digest}/', 'put')
    assert.equal(cover.operationId, 'setCover')
    assert.deepEqual(cover.requestBody, {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              caption: { type: 'string' },
              author: { $ref: '#/components/schemas/Author' },
              cover: {
                type: 'string',
                format: 'binary',
                contentMediaType: 'application/octet-stream',
                description: 'By its content one of image/png, image/jpeg. At most 5 MiB.',
              },
              more: {
                type: 'array',
                items: { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' },
                description: 'At most 1000 bytes.',
              },
            },
            required: ['caption', 'cover'],
          },
          encoding: { cover: { contentType: 'image/png, image/jpeg' } },
        },
      },
    })
    const login = operationAt(document, '/api/login/', 'post').requestBody
    assert.deepEqual(Object.keys(login?.content ?? {}), ['application/json', 'application/x-www-form-urlencoded'])
  })

  it('lists the problems that access, input and method bring, those declared, and any other', t => {
    const { document } = describeLibrary(t)
    const statuses = (at: string, method: 'get' | 'post' | 'put' | 'delete'): string[] =>
      Object.keys(operationAt(document, at, method).responses)
    assert.deepEqual(statuses('/api/book/', 'get'), ['200', '422', 'default'])
    assert.deepEqual(statuses('/api/book/', 'post'), [
      '201',
      '400',
      '401',
      '403',
      '409',
      '413',
      '415',
      '422',
      'default',
    ])
    assert.deepEqual(statuses('/api/hook/{id}/', 'post'), ['200', 'default'])
    const { responses } = operationAt(document, '/api/cover/{digest}/', 'put')
    assert.match((responses[415] as { description: string }).description, /^It is no picture\. The type of the body/)
    assert.ok((responses[429] as { headers: Record<string, unknown> }).headers['Retry-After'])
    assert.deepEqual(resolved(document, (responses[422] as { $ref: string }).$ref), {
      description: 'Some of the values are missing or wrong: `forms/invalid`, with `errors` by field.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ValidationProblem' } } },
    })
  })

  it('says who may, and what a request brings along, by the names of the settings', t => {
    const { document } = openLibrary(t, {
      settings: { SESSION_COOKIE_NAME: 'sid', CSRF_HEADER_NAME: 'HTTP_X_TOKEN' },
    }).describeApi()
    const { session, csrf } = document.components.securitySchemes
    assert.deepEqual([session?.in, session?.name, csrf?.in, csrf?.name], ['cookie', 'sid', 'header', 'X-TOKEN'])
    assert.deepEqual(operationAt(document, '/api/book/', 'post').security, [{ session: [], csrf: [] }])
    assert.deepEqual(operationAt(document, '/api/login/', 'post').security, [{ csrf: [] }, {}])
    assert.deepEqual(operationAt(document, '/api/shelf/', 'get').security, [{ session: [] }, {}])
    assert.equal(operationAt(document, '/api/hook/{id}/', 'post').security, undefined)
    assert.equal(operationAt(document, '/api/book/', 'get').security, undefined)
  })

  it('names operations by method and route, each once', t => {
    const { document, notes } = describeLibrary(t)
    const ids = Object.values(document.paths).flatMap(item =>
      Object.values(item).flatMap(part => ('operationId' in part ? [part.operationId] : [])),
    )
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(ids.slice(0, 5), ['getBookList', 'postBookList', 'getBookDetail', 'deleteBookDetail', 'getCover'])
    assert.ok(ids.includes('postApiHookById'))
    assert.equal(
      notes.some(note => note.includes('operationId')),
      false,
    )
  })

  it('notes what a library cannot say, and describes the rest', t => {
    const { document, notes } = describeLibrary(t)
    assert.match(
      notes.join('\n'),
      /^POST \/api\/loan\/<uuid:loan>\/, body: the valibot schema cannot .* toStandardJsonSchema/m,
    )
    assert.match(
      notes.join('\n'),
      /^POST \/api\/loan\/<uuid:loan>\/, answer 200: some of the schema is described as anything/m,
    )
    const { requestBody } = operationAt(document, '/api/loan/{loan}/', 'post')
    assert.deepEqual(requestBody?.content, { 'application/json': { schema: {} } })
  })
})

/** A schema of no library, that names itself by `$id`. */
function withId(id: string, json: object): z.ZodType<string> {
  const schema = z.string()
  const convert = (): Record<string, unknown> => ({ $id: id, ...json })
  return {
    '~standard': { ...schema['~standard'], jsonSchema: { input: convert, output: convert } },
  } as unknown as z.ZodType<string>
}
