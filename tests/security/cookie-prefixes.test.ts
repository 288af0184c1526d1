/** RFC 6265bis, 4.1.3: names by which a browser lets no other host and no http page set a cookie. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineSettings, type SettingsInput } from 'nuages/settings'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

const names = { SESSION_COOKIE_NAME: '__Host-sessionid', CSRF_COOKIE_NAME: '__Host-csrftoken' }
const secure = { SESSION_COOKIE_SECURE: true, CSRF_COOKIE_SECURE: true }

describe('a cookie with a prefix', () => {
  it('is set, and deleted, as browsers demand it: Secure, for all of the site, for no other host', async t => {
    const app = await openStore(t, { ...names, ...secure })
    await app.users.createUser({ username: 'ada', password })
    const client = new Client(app, { origin: 'https://localhost' })
    const answers = [
      await client.get('/user/login/'),
      await client.post('/api/backend/session/', { json: { username: 'ada', password } }),
      await client.get('/user/'),
      await client.delete('/api/backend/session/'),
    ]
    const cookies = answers.flatMap(answer => answer.headers.getSetCookie()).filter(text => text.startsWith('__Host-'))
    assert.ok(cookies.some(text => text.startsWith('__Host-csrftoken=')))
    assert.ok(cookies.some(text => /^__Host-sessionid=[a-z0-9]{32};/.test(text)))
    assert.ok(cookies.some(text => /^__Host-sessionid=""; .*Max-Age=0/.test(text)))
    for (const text of cookies) {
      assert.match(text, /; Path=\/(?:;|$)/)
      assert.match(text, /; Secure$/)
      assert.doesNotMatch(text, /; Domain=/i)
      assert.match(text, /; SameSite=Lax/)
      if (/^__Host-sessionid=[a-z0-9]/.test(text)) assert.match(text, /; HttpOnly/)
    }
  })

  it('is the only one that counts: a cookie of the plain name, or another spelling, is not looked at', async t => {
    const app = await openStore(t, { ...names, ...secure })
    const client = new Client(app, { origin: 'https://localhost' })
    await client.forceLogin(await app.users.createUser({ username: 'ada', password }))
    const key = client.cookies.get('__Host-sessionid')
    const stranger = new Client(app, { origin: 'https://localhost' })
    for (const name of [
      'sessionid',
      '__host-sessionid',
      '__HOST-sessionid',
      '__Secure-sessionid',
      '__Host-Sessionid',
    ]) {
      const response = await stranger.get('/api/backend/session/', { headers: { Cookie: `${name}=${key}` } })
      assert.equal(response.status, 401, name)
    }
    const known = await stranger.get('/api/backend/session/', { headers: { Cookie: `__Host-sessionid=${key}` } })
    assert.equal(known.status, 200)
  })

  it('is refused in settings that would make browsers drop it without a word', () => {
    const of = (settings: Partial<SettingsInput>): unknown =>
      defineSettings({ SECRET_KEY: 'k'.repeat(50), ...settings })
    for (const cookie of ['SESSION_COOKIE', 'CSRF_COOKIE'] as const) {
      const set = (name: string, values: Record<string, unknown>): Partial<SettingsInput> => ({
        [`${cookie}_NAME`]: name,
        ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`${cookie}_${key}`, value])),
      })
      of(set('__Host-c', { SECURE: true }))
      of(set('__Secure-c', { SECURE: true, DOMAIN: 'example.com', PATH: '/shop/' }))
      for (const [name, values] of [
        ['__Host-c', {}],
        ['__Secure-c', {}],
        ['__Host-c', { SECURE: true, DOMAIN: 'example.com' }],
        ['__Host-c', { SECURE: true, PATH: '/shop/' }],
        ['__host-c', {}],
        ['__SECURE-c', {}],
      ] as const)
        assert.throws(
          () => of(set(name, values)),
          { name: 'ConfigError' },
          `${cookie} ${name} ${JSON.stringify(values)}`,
        )
    }
  })
})
