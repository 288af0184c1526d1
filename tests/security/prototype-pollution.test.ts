/** CWE-1321: names that reach into the prototype of every object. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { Form, type HttpRequest } from 'nuages'
import { Client } from 'nuages/testing'
import { z } from 'zod'
import { createRequestContext, HttpRequest as Incoming } from '../../src/http/index.ts'
import { parseQueryText } from '../../src/http/query-dict.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { jsonOf, openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__.polluted']

function formRequest(body: string): HttpRequest {
  const context = createRequestContext(defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['*'] }))
  const headers = new Headers({ host: 'x', 'content-type': 'application/x-www-form-urlencoded' })
  const source = { method: 'POST', target: '/', headers, scheme: 'http', remoteAddress: null } as const
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(body)
  }
  return new Incoming({ ...source, body: chunks(), signal: AbortSignal.abort() }, context)
}

describe('prototype pollution', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).sort()
  afterEach(() => {
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), before)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it('through JSON changes nothing, and makes nobody staff', async t => {
    const app = await openStore(t)
    const client = new Client(app)
    const headers = { 'Content-Type': 'application/json' }
    const hostile = '{"polluted":1,"isStaff":true,"is_staff":true}'
    const body = `{"username":"mallory","password":"${password}","__proto__":${hostile},"constructor":{"prototype":${hostile}}}`
    assert.equal((await client.post('/api/backend/user/', { headers, body })).status, 201)
    const mallory = await app.users.getByUsername('mallory')
    assert.equal(mallory?.isStaff, false)
    const inherited = `{"__proto__":{"username":"eve","password":"${password}"}}`
    assert.equal((await client.post('/api/backend/user/', { headers, body: inherited })).status, 422)
    assert.equal(await app.users.getByUsername('eve'), null)
  })

  it('through a query or a form gives fields like any other, in an object without prototype', async () => {
    for (const name of names) {
      const fields = parseQueryText(`${name}=polluted&${name}=2&${name}[polluted]=3`)
      assert.equal(fields.get(name), '2')
      const object = fields.toObject()
      assert.equal(Object.getPrototypeOf(object), null)
      assert.deepEqual(object[name], ['polluted', '2'])
    }
    assert.equal(parseQueryText('').get('constructor'), undefined)
    assert.equal(parseQueryText('').has('toString'), false)
    const form = await Form.read(formRequest('__proto__=x&a=1'), z.record(z.string(), z.string()))
    assert.equal(form.value('__proto__'), 'x')
    assert.equal(form.value('constructor'), '')
    assert.deepEqual(form.errorsOf('constructor'), [])
    form.addError('wrong', '__proto__')
    form.addError('wrong', 'toString')
    assert.deepEqual(form.errorsOf('__proto__'), ['wrong'])
    assert.deepEqual(Object.keys(form.errors), ['__proto__', 'toString'])
  })

  it('through names of errors ends in the answer, as text', async t => {
    const client = new Client(await openStore(t))
    for (const name of names) {
      const response = await client.get(`/api/shop/product/?ordering=${encodeURIComponent(name)}`)
      assert.equal(response.status, 422, name)
      assert.deepEqual(Object.keys((await jsonOf(response)).errors), ['ordering'])
      assert.equal((await client.get(`/?${encodeURIComponent(name)}=1`)).status, 200)
    }
  })

  it('through a cart, a cookie or a path finds nothing', async t => {
    const client = new Client(await openStore(t))
    for (const name of names) {
      assert.equal((await client.post('/api/shop/cart/', { json: { sku: name, quantity: 1 } })).status, 422, name)
      assert.equal((await client.patch(`/api/shop/cart/${name}/`, { json: { quantity: 1 } })).status, 404, name)
      assert.equal((await client.get(`/product/${name}/`)).status, 404, name)
      assert.equal((await client.get(`/static/${name}`)).status, 404, name)
      assert.equal((await client.get('/', { headers: { Cookie: `history=${name}; ${name}=1` } })).status, 200, name)
    }
  })

  it('through a session’s keys stays in the session', async t => {
    const client = new Client(await openStore(t))
    await client.changeSession(session => {
      for (const name of names) session.set(name as string, { polluted: true })
    })
    const session = await client.session()
    assert.deepEqual([...session.keys()], names)
    assert.deepEqual(session.get('__proto__' as string), { polluted: true })
    assert.equal((await new Client(client.app).session()).get('constructor' as string), undefined)
  })
})
