/** CWE-1321, CWE-407: names of fields and files that reach into objects, or collide. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { HttpResponse } from 'nuages/http'
import { z } from 'zod'
import { cpuMs } from '../cpu-time.ts'
import { openApp } from '../uploads/open-app.ts'
import { rawForm, rawPart, type SeenForm, seenBy, sendRaw, showForm } from '../uploads/raw-form.ts'

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '__proto__.polluted',
  'a[__proto__][x]',
]

const field = (name: string): string => rawPart(`Content-Disposition: form-data; name="${name}"`, 'text')
const file = (name: string): string =>
  rawPart(`Content-Disposition: form-data; name="${name}"; filename="a.txt"`, 'file')

describe('the name of a field', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).sort()
  afterEach(() => {
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), before)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it('is like any other, whatever objects have by that name', async t => {
    const { app } = await openApp(t, showForm)
    const seen = (await seenBy(app, rawForm(...names.map(field), ...names.map(file)))) as SeenForm
    assert.deepEqual(
      seen.fields,
      names.map(name => [name, ['text']]),
    )
    assert.deepEqual(
      seen.files.map(([name, , , content]) => [name, content]),
      names.map(name => [name, 'file']),
    )
  })

  it('is no rule for files that nobody has made', async t => {
    const { app } = await openApp(t, async request => {
      const rules = { photo: { required: true }, constructor: { maxBytes: 3 } } as const
      const value = await request.validate(z.object({ title: z.string().optional() }), { files: rules })
      return new HttpResponse(JSON.stringify([Object.keys(value).sort(), Object.getPrototypeOf(value) === null]))
    })
    const answer = async (...parts: string[]): Promise<unknown> => {
      const response = await sendRaw(app, rawForm(...parts))
      const json = (await response.json()) as { code?: string; errors?: object }
      return response.status === 200 ? json : [response.status, Object.keys(json.errors ?? {})]
    }
    assert.deepEqual(await answer(...names.map(field)), [422, ['photo']])
    assert.deepEqual(await answer(file('photo'), file('constructor')), [413, ['constructor']])
    const [keys] = (await answer(file('photo'), file('__proto__'), file('toString'))) as [string[]]
    assert.deepEqual(keys, ['constructor', 'photo'])
  })

  it('in an error is a field of the answer, not of its object', async t => {
    const { app } = await openApp(t, showForm, { settings: { FILE_UPLOAD_MAX_SIZE: 3 } })
    for (const name of names) {
      const response = await sendRaw(app, rawForm(file(name)))
      assert.equal(response.status, 413)
      const text = await response.text()
      assert.match(text, new RegExp(`"errors":\\{${JSON.stringify(name).replace(/[[\]]/g, '\\$&')}:\\[`))
    }
  })

  it('that was computed to collide costs no more than others', async t => {
    const { app } = await openApp(t, showForm)
    // Names of the same sum and the same hash in many a simple table: Aa and BB.
    const colliding = Array.from({ length: 1000 }, (_, index) =>
      [...index.toString(2).padStart(10, '0')].map(bit => (bit === '1' ? 'Aa' : 'BB')).join(''),
    )
    const start = cpuMs()
    const seen = (await seenBy(app, rawForm(...colliding.map(field)))) as SeenForm
    assert.equal(seen.fields.length, 1000)
    assert.ok(cpuMs() - start < 2000)
  })
})
