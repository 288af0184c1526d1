import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseUnavailable } from '../db/index.ts'
import { createRequestContext, HttpRequest, HttpResponse } from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { consoleLogger, requestLog } from './log.ts'

const context = createRequestContext(defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['*'] }))

/** What is logged of a request for this target. */
async function logged(target: string): Promise<string> {
  const lines: string[] = []
  const request = new HttpRequest(
    {
      method: 'GET',
      target,
      headers: new Headers({ host: 'x' }),
      scheme: 'http',
      remoteAddress: '192.0.2.1',
      body: null,
      signal: AbortSignal.abort(),
    },
    context,
  )
  await requestLog(consoleLogger(line => lines.push(line)))(request, () => new HttpResponse('ok'))
  return lines.join('')
}

describe('a line of the log', () => {
  it('has what our own errors say to the log, and of others no more than message and stack', () => {
    const lines: string[] = []
    const logger = consoleLogger(line => lines.push(line))
    const driver = Object.assign(new Error('no connection'), { code: 'X1', detail: 'Key (email)=(a@b) exists' })
    logger.error({ err: new DatabaseUnavailable('unreachable', 'db.example does not answer.', driver) }, 'away')
    const { type, code, reason, detail, cause } = JSON.parse(lines[0] as string).err
    assert.deepEqual(
      [type, code, reason, detail],
      ['DatabaseUnavailable', 'db/unavailable', 'unreachable', 'db.example does not answer.'],
    )
    assert.deepEqual(Object.keys(cause), ['type', 'message', 'stack'])
  })
})

describe('the log of requests', () => {
  it('is one line of JSON with the path and no query', async () => {
    const line = await logged('/caf%C3%A9/?password=geheim')
    assert.equal(line.split('\n').length, 2)
    const { requestId, time, ms, ...rest } = JSON.parse(line)
    assert.deepEqual(rest, {
      level: 30,
      method: 'GET',
      path: '/café/',
      status: 200,
      ip: '192.0.2.1',
      msg: 'GET /café/ 200',
    })
    assert.match(requestId, /^[0-9a-f-]{36}$/)
    assert(Number.isInteger(time) && ms >= 0)
  })

  it('holds no character that ends a line, moves the cursor of a terminal, or turns the text around', async () => {
    const hostile = '/a%0D%0Ab%1B[31m%7F%C2%85%C2%9B31m%E2%80%A8%E2%80%A9%E2%80%AE%EF%BB%BF%F3%A0%81%81/'
    const line = await logged(hostile)
    assert.doesNotMatch(line.slice(0, -1), /[\p{C}\u2028\u2029]/u)
    const { msg, path } = JSON.parse(line)
    assert.doesNotMatch(msg + path, /[\p{C}\u2028\u2029]/u)
    assert.equal(
      path,
      '/a\\u{d}\\u{a}b\\u{1b}[31m\\u{7f}\\u{85}\\u{9b}31m\\u{2028}\\u{2029}\\u{202e}\\u{feff}\\u{e0041}/',
    )
  })
})
