/** What the description of a whole application says, by that of the store. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describedMethods } from '../../src/openapi/document.ts'
import type { OpenApiDocument, OperationObject } from '../../src/openapi/index.ts'
import { describeStore } from '../../tools/api-types.ts'

const document = (await describeStore()) as OpenApiDocument

const operations: readonly (readonly [string, OperationObject])[] = Object.entries(document.paths).flatMap(
  ([at, item]) =>
    describedMethods.flatMap(method => {
      const found = item[method]
      return found === undefined ? [] : [[`${method} ${at}`, found] as const]
    }),
)

function operationAt(name: string): OperationObject {
  const [, operation] = operations.find(([at]) => at === name) ?? assert.fail(`${name} is not described`)
  return operation
}

describe('the description of the store', () => {
  it('says of every operation what a problem looks like', () => {
    assert.ok(operations.length > 15)
    for (const [at, { responses }] of operations)
      assert.deepEqual(responses.default, { $ref: '#/components/responses/Problem' }, at)
    const { Problem } = document.components.responses
    assert.deepEqual(Problem?.content, {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    })
    assert.ok('422' in operationAt('post /api/backend/user/').responses)
  })

  it('says of every operation that changes something what shows whose it is', () => {
    for (const [at, { security = [] }] of operations) {
      if (at.startsWith('get ')) continue
      assert.ok(
        security.some(schemes => 'csrf' in schemes),
        at,
      )
      for (const name of security.flatMap(Object.keys)) assert.ok(name in document.components.securitySchemes, name)
    }
    assert.deepEqual(operationAt('put /api/shop/product/{slug}/').security, [{ session: [], csrf: [] }])
    assert.equal(operationAt('get /api/shop/product/').security, undefined)
  })

  it('describes the file of a form, with its types and its size', () => {
    const { content = {} } = operationAt('put /api/backend/user/{id}/avatar/').requestBody ?? {}
    const { schema = {}, encoding } = content['multipart/form-data'] ?? {}
    assert.deepEqual(encoding, { headimg: { contentType: 'image/png, image/jpeg, image/webp, image/gif' } })
    const { headimg } = schema.properties as Record<string, { readonly format: string; readonly description: string }>
    assert.equal(headimg?.format, 'binary')
    assert.match(headimg?.description ?? '', /At most 5 MiB/)
  })

  it('gives the examples of its schemas, and the state of an item that two may edit', () => {
    assert.match(JSON.stringify(document.components.schemas.Device), /"examples":\["Firefox on Linux"\]/)
    const { parameters = [], responses } = operationAt('put /api/shop/product/{slug}/')
    assert.ok(parameters.some(({ name, in: where }) => name === 'If-Match' && where === 'header'))
    assert.ok('ETag' in ((responses[200] as { headers?: object }).headers ?? {}))
  })
})
