/** Header fields in the description: those of a table's items, and those that a view declares. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type AppOptions, defineSettings, tableResource } from 'nuages'
import { createResolver, path } from 'nuages/urls'
import { z } from 'zod'
import { describeApi, type OperationObject } from '../../src/openapi/index.ts'

const resource = {
  table: 'auth_group',
  key: 'id',
  show: ['id', 'name'],
  schema: z.object({ name: z.string() }),
  access: { read: 'anyone', write: 'staff' },
} as const
class Groups extends tableResource(resource) {}
class GuardedGroups extends tableResource({ ...resource, requireIfMatch: true }) {}

const urls: AppOptions['urls'] = [
  path('api/group/', Groups.asResource('<int:id>')),
  path('api/guarded/', GuardedGroups.asResource('<int:id>')),
]
const { document } = describeApi(createResolver(urls).routes(), defineSettings({ SECRET_KEY: 'key' }))

function operationAt(at: string, method: 'get' | 'post' | 'put' | 'patch' | 'delete'): OperationObject {
  return document.paths[at]?.[method] as OperationObject
}

/** Names of the request's header fields, with an exclamation mark where one must be there. */
function asked(at: string, method: Parameters<typeof operationAt>[1]): string[] {
  return (operationAt(at, method).parameters ?? [])
    .filter(parameter => parameter.in === 'header')
    .map(({ name, required = false }) => (required ? `${name}!` : name))
}

function answered(at: string, method: Parameters<typeof operationAt>[1], status: number): string[] {
  const response = operationAt(at, method).responses[status]
  return response !== undefined && 'headers' in response ? Object.keys(response.headers ?? {}) : []
}

it('tells how a client keeps an item from being overwritten, and valid OpenAPI it stays', async () => {
  const item = '/api/group/{id}/'
  assert.deepEqual(asked(item, 'get'), ['If-None-Match', 'If-Match'])
  for (const method of ['put', 'patch', 'delete'] as const) assert.deepEqual(asked(item, method), ['If-Match'])
  assert.deepEqual(asked('/api/guarded/{id}/', 'put'), ['If-Match!'])
  assert.deepEqual(asked('/api/group/', 'post'), [])
  for (const status of [200, 304]) assert.deepEqual(answered(item, 'get', status), ['ETag'])
  for (const method of ['put', 'patch'] as const) assert.deepEqual(answered(item, method, 200), ['ETag'])
  assert.deepEqual(answered('/api/group/', 'post', 201), ['ETag', 'Location'])
  assert.deepEqual([answered(item, 'delete', 200), answered('/api/group/', 'get', 200)], [[], []])
  assert.ok('412' in operationAt(item, 'get').responses)
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
  assert.equal(valid, true, JSON.stringify(errors))
})
