/** CWE-521: which passwords may be, and that they are taken as they were typed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const session = '/api/backend/session/'

describe('a password', () => {
  it('is at least eight characters long, and none of the common ones', async t => {
    const client = new Client(await openStore(t))
    for (const [at, password] of [
      'kX9#vLq',
      'password',
      'Password123',
      'qwertyuiop',
      '12345678',
      'iloveyou1',
    ].entries()) {
      const response = await client.post('/api/backend/user/', { json: { username: `user-${at}`, password } })
      assert.equal(response.status, 422, password)
    }
    assert.equal(
      (await client.post('/api/backend/user/', { json: { username: 'ada', password: 'kX9#vLqt' } })).status,
      201,
    )
  })

  it('may be of any characters, and of sixty-four and more', async t => {
    const app = await openStore(t)
    for (const [at, password] of [
      'quiet rain on tin roofs',
      'stillerregenaufdächern',
      '静かな雨が屋根に降る夜',
      'only-lower-case-letters',
      '\u{1f327}\ufe0f'.repeat(8),
      'x y'.repeat(22),
      'z'.repeat(127).concat('!'),
    ].entries()) {
      const json = { username: `user-${at}`, password }
      assert.equal((await new Client(app).post('/api/backend/user/', { json })).status, 201, password)
      assert.equal((await new Client(app).post(session, { json })).status, 200, password)
    }
  })

  it('is checked exactly as it was typed: nothing is cut off, trimmed or folded', async t => {
    const app = await openStore(t)
    const password = ` Stiller Regen ${'auf Dächern '.repeat(8)}`
    await app.users.createUser({ username: 'ada', password })
    assert.notEqual(await app.users.verify('ada', password), null)
    for (const other of [
      password.trim(),
      password.slice(0, 72),
      password.slice(0, -1),
      password.toLowerCase(),
      password.normalize('NFD'),
      `${password} `,
      `${password}\0`,
    ])
      assert.equal(await app.users.verify('ada', other), null, JSON.stringify(other))
  })

  it('belongs to nobody before somebody was registered: there is no account by default', async t => {
    const app = await openStore(t)
    const { total } = await app.db
      .selectFrom('auth_user')
      .select(({ fn }) => fn.countAll().as('total'))
      .executeTakeFirstOrThrow()
    assert.equal(Number(total), 0)
  })
})
