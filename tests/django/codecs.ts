/**
 * What one program signs or hashes, the other reads: reset tokens, signed data, passwords.
 */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { User } from '../../src/auth/index.ts'
import { createPasswords } from '../../src/auth/index.ts'
import { dumps, loads } from '../../src/signing/index.ts'
import { skipWithout, temporaryFolder, withDatabases } from '../real-parts.ts'
import { type Oracle, openOracle, quickHashes } from './oracle.ts'
import { openApp, secretKey } from './site.ts'

const decodeUid = (uid: string): string => Buffer.from(uid, 'base64url').toString()

withDatabases('password reset links', it => {
  it('of one program are good at the other, until they are used', async ({ t, url }) => {
    const oracle = openOracle(t, { url, secretKey, settings: quickHashes.django })
    if (oracle === null) return
    const { django: version } = await oracle.ask('info')
    const app = openApp(t, url, version, quickHashes.nuages)
    await app.migrate()
    const { passwordReset } = app.auth
    await oracle.ask('create-user', { username: 'ada', password: 'secret', email: 'Ada@Example.com' })
    const ada = async (): Promise<User> => (await app.users.getByUsername('ada')) as User
    const fresh = async (): Promise<{ django: string; nuages: string }> => {
      const { token, uid } = await oracle.ask('reset-token', { user: 'ada' })
      assert.equal(decodeUid(uid), String((await ada()).id))
      const link = passwordReset.makeLink(await ada())
      assert.equal(link.uid, uid)
      return { django: token, nuages: link.token }
    }
    const good = async (token: string): Promise<readonly boolean[]> => {
      const { uid } = passwordReset.makeLink(await ada())
      const { ok } = await oracle.ask('check-reset-token', { user: 'ada', token })
      return [ok, (await passwordReset.check({ uid, token })) !== null]
    }
    // Tokens count logins by the second: two in one second would leave them good.
    const forgetLogin = app.database.prepare('UPDATE auth_user SET last_login = NULL')
    const ends: readonly (() => Promise<unknown>)[] = [
      () => oracle.ask('login-session', { user: 'ada' }),
      async () => app.auth.loginSession(await app.sessions.open(null), await ada()),
      () => oracle.ask('set-password', { user: 'ada', password: 'other' }),
      async () => app.users.setPassword((await ada()).id, 'another'),
      async () => app.users.update((await ada()).id, { email: 'ada@example.org' }),
    ]
    for (const end of ends) {
      await forgetLogin.run([])
      const tokens = await fresh()
      for (const token of [tokens.django, tokens.nuages]) assert.deepEqual(await good(token), [true, true])
      await end()
      for (const token of [tokens.django, tokens.nuages]) assert.deepEqual(await good(token), [false, false])
    }
    const { django: token } = await fresh()
    for (const bad of [`${token}x`, token.replace('-', ''), `0${token}`, token.toUpperCase(), '', '-', 'zzzzzz-'])
      assert.deepEqual(await good(bad), [false, false], bad)
  })
})

it('signed data of one program is good at the other', async t => {
  const oracle = openOracle(t, { url: `sqlite:${temporaryFolder(t)}/db.sqlite3`, secretKey })
  if (oracle === null) return
  for (const data of [{ a: [1, 'é😀', null, true] }, 'text', [], { long: 'x'.repeat(3000) }]) {
    for (const compress of [true, false]) {
      const { signed } = await oracle.ask('dumps', { data: JSON.stringify(data), salt: 'links', compress })
      assert.deepEqual(loads(signed, { key: secretKey, salt: 'links' }), data)
      assert.throws(() => loads(signed, { key: secretKey, salt: 'other' }), /signature/i)
      const ours = dumps(data, { key: secretKey, salt: 'links', compress })
      assert.deepEqual((await oracle.ask('loads', { signed: ours, salt: 'links' })).data, data)
      assert.equal((await oracle.ask('loads', { signed: ours, salt: 'other' })).error, 'BadSignature')
    }
  }
})

it('password hashes of one program fit at the other, and neither makes them again', async t => {
  const oracle = openOracle(t, { url: `sqlite:${temporaryFolder(t)}/db.sqlite3`, secretKey })
  if (oracle === null) return
  const { django: version } = await oracle.ask('info')
  const algorithms = ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'bcrypt']
  if (!version.startsWith('3.')) algorithms.push('scrypt')
  for (const algorithm of algorithms) {
    await t.test(algorithm, t => checkHashes(t, { oracle, version, algorithm }))
  }
  await t.test('md5, which Nuages only reads', async () => {
    const passwords = createPasswords({ hashers: ['pbkdf2_sha256', 'md5'], djangoVersion: version })
    const { encoded } = await oracle.ask('make-password', { password: 'pässwörd 😀', hasher: 'md5' })
    assert.deepEqual(await passwords.verify('pässwörd 😀', encoded), { ok: true, mustUpdate: true })
    assert.equal((await passwords.verify('wrong', encoded)).ok, false)
  })
})

interface HashCheck {
  readonly oracle: Oracle
  readonly version: string
  readonly algorithm: string
}

async function checkHashes(t: TestContext, { oracle, version, algorithm }: HashCheck): Promise<void> {
  const password = 'pässwörd 😀'
  const made = await oracle.ask('make-password', { password, hasher: algorithm })
  if (made.error !== undefined) return skipWithout(t, made.message, 'apt-get install python3-argon2 python3-bcrypt')
  // argon2-cffi before 21.2, Debian's, makes hashes of 16 bytes.
  const isShort = algorithm === 'argon2' && made.encoded.split('$').at(-1).length < 40
  const first = isShort ? { NAME: 'argon2', OPTIONS: { hash_len: 16 } } : algorithm
  const passwords = createPasswords({ hashers: [first], djangoVersion: version })
  assert.deepEqual(await passwords.verify(password, made.encoded), { ok: true, mustUpdate: false })
  // The other form of bcrypt has just shown the rest, and each hash takes a third of a second.
  if (algorithm === 'bcrypt') return
  assert.equal((await passwords.verify(`${password}x`, made.encoded)).ok, false)
  const ours = await passwords.make(password)
  const costs = (encoded: string): string => encoded.replace(/\$[^$]{20,}/g, '')
  assert.equal(costs(ours), costs(made.encoded))
  assert.equal((await oracle.ask('check-encoded', { encoded: ours, password })).ok, true)
  assert.equal((await oracle.ask('check-encoded', { encoded: ours, password: `${password}x` })).ok, false)
}
