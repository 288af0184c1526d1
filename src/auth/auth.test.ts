import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { migrateDjangoTables, openDatabase } from '../db/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { systemClock } from '../kit/index.ts'
import {
  createMemorySessionStore,
  createSessions,
  type Session,
  SessionInterrupted,
  type Sessions,
} from '../sessions/index.ts'
import { defineSettings } from '../settings/index.ts'
import { Auth } from './auth.ts'
import type { User } from './user.ts'
import { Users } from './users.ts'

const oldKey = 'the old key of the tests of accounts'
const newKey = 'the new key of the tests of accounts'
const password = 'quiet-rain-on-tin-roofs'

interface Place {
  readonly auth: Auth
  readonly sessions: Sessions
  readonly ada: User
  readonly bob: User
  /** As an app with this key, and the old one to fall back on. */
  readonly withKey: (key: string) => { auth: Auth; sessions: Sessions }
}

async function open(t: TestContext): Promise<Place> {
  const database = openDatabase('sqlite::memory:')
  t.after(() => database.close())
  await migrateDjangoTables(database)
  const store = createMemorySessionStore()
  const withKey = (SECRET_KEY: string): { auth: Auth; sessions: Sessions } => {
    const settings = defineSettings({ SECRET_KEY, SECRET_KEY_FALLBACKS: [oldKey], PASSWORD_HASHERS: ['pbkdf2_sha256'] })
    const users = new Users({ database, settings, clock: systemClock })
    return { auth: new Auth(users, settings), sessions: createSessions({ store, settings }) }
  }
  const { auth, sessions } = withKey(oldKey)
  const ada = await auth.users.createUser({ username: 'ada', password })
  const bob = await auth.users.createUser({ username: 'bob', password })
  return { auth, sessions, ada, bob, withKey }
}

/** A visitor with something in the session. */
async function visitor({ sessions }: Place): Promise<Session> {
  const session = await sessions.open(null)
  session.set('cart', 1)
  await session.save()
  return session
}

async function loggedIn(place: Place, user: User): Promise<Session> {
  const session = await visitor(place)
  await place.auth.loginSession(session, user)
  await session.save()
  return session
}

/** A request as far as the logins look at it. */
function requestOf(session: Session): HttpRequest {
  return { session: Promise.resolve(session), user: Promise.resolve(null), ip: '192.0.2.1' } as unknown as HttpRequest
}

describe('a login', () => {
  it('gives the session a new key, keeps its data, and leaves the old key worth nothing', async t => {
    const place = await open(t)
    const planted = await visitor(place)
    const key = planted.sessionKey
    await place.auth.loginSession(planted, place.ada)
    await planted.save()
    assert.notEqual(planted.sessionKey, key)
    assert.equal((await place.sessions.open(key)).size, 0)
    const session = await place.sessions.open(planted.sessionKey)
    assert.equal((await place.auth.userOf(session))?.username, 'ada')
    assert.equal(session.get('cart'), 1)
  })

  it('gives a new key also to a session that was logged in as the same account', async t => {
    const place = await open(t)
    const session = await loggedIn(place, place.ada)
    const key = session.sessionKey
    await place.auth.loginSession(session, place.ada)
    await session.save()
    assert.notEqual(session.sessionKey, key)
    assert.equal((await place.sessions.open(key)).size, 0)
    assert.equal(session.get('cart'), 1)
  })

  it('empties a session of another account', async t => {
    const place = await open(t)
    const session = await loggedIn(place, place.ada)
    const key = session.sessionKey
    await place.auth.loginSession(session, place.bob)
    await session.save()
    assert.equal(session.get('cart'), undefined)
    assert.equal((await place.sessions.open(key)).size, 0)
    assert.equal((await place.auth.userOf(session))?.username, 'bob')
  })

  it('takes a name as it may be typed: a Mac sends é as two characters', async t => {
    const place = await open(t)
    await place.auth.users.createUser({ username: 'rené', password })
    const request = requestOf(await visitor(place))
    const user = await place.auth.authenticate(request, { username: 'rene\u0301', password })
    assert.equal(user?.username, 'rené')
  })

  it('is none by what is no text, whatever a parser made of the body', async t => {
    const place = await open(t)
    const request = requestOf(await visitor(place))
    const bodies = [undefined, null, [], 'ada', {}, { username: 'ada' }, { username: 'ada', password: 5 }]
    for (const body of [...bodies, { username: { a: 1 }, password }, { username: ['ada'], password: [password] }])
      assert.equal(await place.auth.authenticate(request, body as never), null, JSON.stringify(body))
  })
})

describe('a secret key in rotation', () => {
  it('renews the trace of a login, in several tabs at once', async t => {
    const place = await open(t)
    const { sessionKey } = await loggedIn(place, place.ada)
    const { auth, sessions } = place.withKey(newKey)
    const tabs = await Promise.all([1, 2, 3].map(() => sessions.open(sessionKey)))
    const users = await Promise.all(tabs.map(tab => auth.userOf(tab)))
    assert.deepEqual(
      users.map(user => user?.username),
      ['ada', 'ada', 'ada'],
    )
    for (const tab of tabs) await tab.save()
    const hashes = await Promise.all(
      tabs.map(async tab => (await sessions.open(tab.sessionKey)).get('_auth_user_hash')),
    )
    assert.equal(new Set(hashes).size, 1)
    assert.notEqual(hashes[0], (await loggedIn(place, place.ada)).get('_auth_user_hash'))
  })
})

describe('after a password change', () => {
  it('the visitor stays logged in, under a new key, and others do not', async t => {
    const place = await open(t)
    const session = await loggedIn(place, place.ada)
    const other = await loggedIn(place, place.ada)
    const key = session.sessionKey
    const changed = (await place.auth.users.setPassword(place.ada.id, 'another')) as User
    await place.auth.keepLoggedIn(requestOf(session), changed)
    await session.save()
    assert.notEqual(session.sessionKey, key)
    assert.equal((await place.auth.userOf(await place.sessions.open(session.sessionKey)))?.username, 'ada')
    assert.equal(await place.auth.userOf(await place.sessions.open(other.sessionKey)), null)
  })

  it('a request that loaded the session before it ends nothing after it, and is nobody’s', async t => {
    const place = await open(t)
    const session = await loggedIn(place, place.ada)
    const slow = await place.sessions.open(session.sessionKey)
    const changed = (await place.auth.users.setPassword(place.ada.id, 'another')) as User
    await place.auth.keepLoggedIn(requestOf(session), changed)
    assert.equal(await place.auth.userOf(slow), null)
    assert.equal(slow.size, 0)
    assert.equal(slow.flushed, false, 'would delete the cookie')
    slow.set('cart', 2)
    await assert.rejects(slow.save(), SessionInterrupted)
    const kept = await place.sessions.open(session.storedKey)
    assert.equal((await place.auth.userOf(kept))?.username, 'ada')
  })

  it('of somebody else, one is still oneself', async t => {
    const place = await open(t)
    const session = await loggedIn(place, place.ada)
    const request = requestOf(session)
    const changed = (await place.auth.users.setPassword(place.bob.id, 'another')) as User
    await place.auth.keepLoggedIn(request, changed)
    await session.save()
    assert.equal(await request.user, null)
    assert.equal((await place.auth.userOf(session))?.username, 'ada')
  })
})
