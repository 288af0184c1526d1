/**
 * Addresses that a client invents: whoever could choose theirs would guess passwords without end, or lock others out.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createApp } from '../../src/app/index.ts'
import { authenticate } from '../../src/auth/index.ts'
import type { HttpRequest } from '../../src/http/index.ts'
import { serve } from '../../src/node/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { path } from '../../src/urls/index.ts'
import { responseError, responseSuccess, View } from '../../src/views/index.ts'

interface Login {
  readonly username: string
  readonly password: string
}

class LoginView extends View {
  async post(request: HttpRequest) {
    const user = await authenticate(request, (await request.json()) as Login)
    return user === null ? responseError('invalid_login', { status: 401 }) : responseSuccess(user.username)
  }
}

/** A site on a socket; every request comes from 127.0.0.1, which is a proxy where `trusted` says so. */
async function open(
  t: TestContext,
  trusted: readonly string[],
): Promise<(forwardedFor: string, password?: string) => Promise<number>> {
  const settings = defineSettings({
    SECRET_KEY: 'the key of the tests of addresses',
    DEBUG: true,
    DATABASE_URL: 'sqlite::memory:',
    TRUSTED_PROXIES: trusted,
    PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }],
  })
  const app = createApp({ settings, logger: null, urls: [path('login/', LoginView.asView())] })
  await app.migrate()
  await app.users.createUser({ username: 'ada', password: 'right' })
  const server = await serve(app, { port: 0, signals: false })
  t.after(() => server.close())
  return async (forwardedFor, password = 'wrong') => {
    const response = await fetch(`${server.url}/login/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(forwardedFor !== '' && { 'X-Forwarded-For': forwardedFor }) },
      body: JSON.stringify({ username: 'ada', password }),
    })
    await response.arrayBuffer()
    return response.status
  }
}

/** The answers to so many wrong passwords, at once. */
async function guess(
  login: (forwardedFor: string) => Promise<number>,
  from: (index: number) => string,
): Promise<number[]> {
  return (await Promise.all(Array.from({ length: 30 }, (_, index) => login(from(index))))).sort()
}

const tenOfThirty = [...Array<number>(10).fill(401), ...Array<number>(20).fill(429)]

describe('an address in X-Forwarded-For', () => {
  it('counts for nothing where no proxy is trusted', async t => {
    const login = await open(t, [])
    assert.deepEqual(await guess(login, index => `198.51.100.${index}`), tenOfThirty)
  })

  it('counts for nothing that stands left of what the proxy wrote', async t => {
    const login = await open(t, ['127.0.0.0/8'])
    assert.deepEqual(await guess(login, index => `198.51.100.${index}, 203.0.113.5`), tenOfThirty)
    assert.deepEqual(await guess(login, index => `203.0.113.5, 127.0.0.9, 203.0.113.6, 127.0.0.${index}`), tenOfThirty)
  })

  it('of an attacker locks nobody out at another, whatever the attacker invents', async t => {
    const login = await open(t, ['127.0.0.1'])
    await guess(login, () => '198.51.100.7, 203.0.113.5')
    assert.equal(await login('203.0.113.5', 'right'), 429)
    assert.equal(await login('198.51.100.7', 'right'), 200)
  })

  it('is one where it is written in several ways', async t => {
    const login = await open(t, ['127.0.0.1'])
    const spellings = [
      '203.0.113.5',
      ' 203.0.113.5 ',
      '::ffff:203.0.113.5',
      '::FFFF:cb00:7105',
      '0:0:0:0:0:ffff:cb00:7105',
    ]
    assert.deepEqual(await guess(login, index => spellings[index % 5] as string), tenOfThirty)
    assert.equal(await login('::ffff:cb00:7106', 'right'), 200)
  })

  it('of IPv6 is that of its network', async t => {
    const login = await open(t, ['127.0.0.1'])
    assert.deepEqual(await guess(login, index => `2001:db8:0:7::${index}`), tenOfThirty)
    assert.equal(await login('2001:db8:0:8::1', 'right'), 200)
  })

  it('that is none leaves the address of the proxy', async t => {
    const login = await open(t, ['127.0.0.1'])
    assert.deepEqual(await guess(login, index => `unknown-${index}`), tenOfThirty)
  })
})
