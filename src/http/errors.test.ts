import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HttpError } from '../kit/index.ts'
import * as errors from './errors.ts'

const examples: readonly HttpError[] = [
  new errors.BadFormEncoding('latin-1'),
  new errors.BadRequest(),
  new errors.BodyTooLarge(10),
  new errors.ClientDisconnected(),
  new errors.DisallowedHost('evil.example', 'evil.example'),
  new errors.FieldsTooLarge(10),
  new errors.FileTooLarge('photo', 10),
  new errors.MalformedBody(),
  new errors.MalformedMultipart(),
  new errors.MethodNotAllowed(['GET', 'HEAD']),
  new errors.NotFound(),
  new errors.PartHeaderTooLarge(10),
  new errors.PartNameTooLong(10),
  new errors.PermissionDenied(),
  new errors.RequestLineTooLong(10),
  new errors.ServiceUnavailable(5),
  new errors.StorageFull(),
  new errors.TooManyFields(10),
  new errors.TooManyFiles(10),
  new errors.UnsupportedMediaType(),
  new errors.UploadStalled(10),
]

describe('errors of http', () => {
  it('have an example each in this test', () => {
    const classes = Object.values(errors).filter(one => one.prototype instanceof HttpError)
    assert.deepEqual(new Set(classes), new Set(examples.map(error => error.constructor)))
  })

  it('have a code of their own, a status and a sentence for the visitor', () => {
    assert.equal(new Set(examples.map(error => error.code)).size, examples.length)
    for (const { code, status, message } of examples) {
      assert.match(code, /^(http\/[a-z-]+|[a-z_]+)$/)
      assert.ok(status >= 400 && status < 600, code)
      assert.match(message, /^[A-Z].+\.$/, code)
    }
  })

  it('tell clients which methods there are, and when to come back', () => {
    assert.deepEqual(new errors.MethodNotAllowed(['GET', 'HEAD']).headers, { Allow: 'GET, HEAD' })
    assert.deepEqual(new errors.MethodNotAllowed([]).headers, { Allow: '' })
    assert.deepEqual(new errors.ServiceUnavailable(5).headers, { 'Retry-After': '5' })
  })

  it('keep the cause for the log', () => {
    const cause = new Error('the disk is full')
    assert.equal(new errors.ServiceUnavailable(5, undefined, { cause }).cause, cause)
    assert.equal(new errors.MalformedBody('Bad JSON.', { cause }).cause, cause)
  })
})
