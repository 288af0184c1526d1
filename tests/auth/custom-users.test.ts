/**
 * Accounts in a table of the application's own, which `migrate` makes: on every database, through requests.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp } from '../../src/app/index.ts'
import {
  authenticate,
  defineUsers,
  listSessions,
  login,
  logout,
  openPasswordReset,
  requirePermission,
  requireUser,
  resetPassword,
  revokeSession,
  sendPasswordReset,
  type User,
  UserExistsError,
  type UserId,
  type UsersTable,
  verifyEmail,
} from '../../src/auth/index.ts'
import { type Dialect, migrateSessionIndex, UniqueViolation } from '../../src/db/index.ts'
import { type HttpRequest, HttpResponse, jsonResponse } from '../../src/http/index.ts'
import { ConfigError } from '../../src/kit/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { type DatabaseTest, withDatabases } from '../real-parts.ts'

/** Logged in to by address; ids are UUIDs. The words are such that SQL has them, too. */
const members = defineUsers({
  model: 'club.Member',
  table: 'order',
  id: { type: 'uuid', column: 'key' },
  username: 'email',
  columns: { firstName: null, lastName: 'surname', dateJoined: 'since' },
  fields: {
    phone: { type: 'text', default: '', maxLength: 20 },
    card: { type: 'text', column: 'group', maxLength: 40, unique: true },
    level: 'integer | null',
    weight: { type: 'number', default: 0.5 },
    news: { type: 'boolean', default: false },
    trialEnds: 'time | null',
    birthday: 'date | null',
  },
})

/** As short as a table can be. */
const people = defineUsers({
  model: 'Blog.Author',
  username: 'login',
  columns: {
    lastLogin: null,
    isSuperuser: null,
    firstName: null,
    lastName: null,
    email: null,
    isStaff: null,
    isActive: null,
    dateJoined: null,
    password: 'secret',
  },
  groups: false,
})

const accounts = defineUsers({ model: 'shop.Account', id: 'bigint' })

const password = 'quiet-rain-on-tin-roofs'
const nobody = '00000000-0000-4000-8000-000000000000' as unknown as UserId
const idShape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function fieldOf(request: HttpRequest, name: string): Promise<string> {
  return (await request.POST).get(name) ?? ''
}

/** The types of this program know no columns of an application's own. */
const fields = (values: object): { readonly fields: never } => ({ fields: values as never })
const fieldsOf = (user: User | null): Readonly<Record<string, unknown>> => ({ ...user?.fields })

let cards = 0
/** What a member cannot be without. */
const member = (username: string, more: object = {}): { username: string; fields: never } => ({
  username,
  ...fields({ card: `card ${++cards}`, ...more }),
})

const text = (value: unknown, status = 200): HttpResponse => new HttpResponse(String(value), { status })

const urls = [
  path('register/', async (request: HttpRequest) => {
    const name = await fieldOf(request, 'username')
    const account = request.app.users.table === members ? member(name) : { username: name }
    const { id } = await request.app.users.createUser({ ...account, password: await fieldOf(request, 'password') })
    return jsonResponse({ id }, { status: 201 })
  }),
  path('login/', async (request: HttpRequest) => {
    const [username, secret] = [await fieldOf(request, 'username'), await fieldOf(request, 'password')]
    const user = await authenticate(request, { username, password: secret })
    if (user === null) return text('wrong', 401)
    await login(request, user)
    return text(user.username)
  }),
  path('logout/', async (request: HttpRequest) => {
    await logout(request)
    return text('out')
  }),
  path('who/', async (request: HttpRequest) => text((await request.user)?.username ?? 'nobody')),
  path('me/', async (request: HttpRequest) => jsonResponse(await requireUser(request))),
  path('places/', async (request: HttpRequest) => jsonResponse(await listSessions(request))),
  path('end/<str:id>/', async (request: HttpRequest, { id }: { id: string }) => text(await revokeSession(request, id))),
  path('add/', async (request: HttpRequest) => {
    await requirePermission(request, 'auth.add_group')
    return text('may')
  }),
  path('forgot/', async (request: HttpRequest) => {
    await sendPasswordReset(request, await fieldOf(request, 'email'), {
      path: ({ uid, token }) => `/reset/${uid}/${token}/`,
    })
    return text('sent')
  }),
  path('reset/<str:uid>/<str:token>/', async (request: HttpRequest, link: { uid: string; token: string }) => {
    if (request.method !== 'POST') return text((await openPasswordReset(request, link)).user?.username ?? 'dead')
    const user = await resetPassword(request, { ...link, password: await fieldOf(request, 'password') })
    return user === null ? text('dead', 410) : text(user.username)
  }),
  path('verify/<str:uid>/<str:token>/', async (request: HttpRequest, link: { uid: string; token: string }) =>
    text((await verifyEmail(request, link))?.email ?? 'dead'),
  ),
]

interface SiteOptions {
  readonly settings?: Partial<SettingsInput>
  readonly clock?: () => number
}

/** Not migrated; closed with the test. */
function createSite(
  { t, url }: { t: TestContext; url: string },
  users: UsersTable,
  { settings, clock }: SiteOptions = {},
): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of users tables',
      DATABASE_URL: url,
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }],
      EMAIL_BACKEND: 'locmem',
      EMAIL_VERIFICATION: true,
      ...settings,
    }),
    users,
    urls,
    logger: null,
    ...(clock && { clock }),
  })
  t.after(() => app.close())
  return app
}

async function openSite(test: DatabaseTest, users: UsersTable, options?: SiteOptions): Promise<App> {
  const app = createSite(test, users, options)
  await app.migrate()
  return app
}

async function tablesOf(app: App): Promise<string[]> {
  return (await app.db.introspection.getTables()).map(({ name }) => name).toSorted()
}

const post = (client: Client, address: string, form: Record<string, string>): Promise<Response> =>
  client.post(address, { form })
const who = async (client: Client): Promise<string> => (await client.get('/who/')).text()

async function loggedIn(app: App, username: string): Promise<Client> {
  const client = new Client(app)
  const response = await post(client, '/login/', { username, password })
  assert.equal(response.status, 200, username)
  return client
}

const links: Readonly<Record<string, readonly string[]>> = {
  order: ['order_groups', 'order_user_permissions'],
  shop_account: ['shop_account_groups', 'shop_account_user_permissions'],
  blog_author: [],
}

withDatabases('migrating a users table', databaseIt => {
  for (const users of [members, accounts, people]) {
    const { table } = users.schema
    databaseIt(`makes ${table} in place of auth_user, once, whoever does it at once`, async test => {
      const apps = [createSite(test, users), createSite(test, users), createSite(test, users)]
      const created = (await Promise.all(apps.map(app => app.migrate()))).flat()
      const [app] = apps as [App]
      const mine = [table, ...(links[table] ?? [])]
      const tables = await tablesOf(app)
      for (const name of mine) assert.equal(created.filter(each => each === name).length, 1, name)
      assert.equal(
        mine.every(name => tables.includes(name)),
        true,
      )
      assert.deepEqual(
        tables.filter(name => name.startsWith('auth_user')),
        [],
      )
      assert.deepEqual(await app.pendingMigrations(), [])
      assert.deepEqual(await createSite(test, users).migrate(), [])
    })
  }

  databaseIt('tells beforehand what is missing', async test => {
    const app = createSite(test, members)
    const pending = await app.pendingMigrations()
    assert.deepEqual(
      pending.filter(name => /order|auth_user/.test(name)),
      ['order', 'order_groups', 'order_user_permissions'],
    )
  })

  databaseIt('ends what was begun, and refuses a table that lacks a column', async test => {
    const app = await openSite(test, members)
    await app.db.schema.dropTable('order_groups').execute()
    assert.deepEqual(await app.pendingMigrations(), ['order_groups'])
    assert.deepEqual(await app.migrate(), ['order_groups'])
    const wider = defineUsers({
      model: 'club.Member',
      table: 'order',
      id: { type: 'uuid', column: 'key' },
      username: 'email',
      fields: { nick: 'text' },
    })
    await assert.rejects(
      createSite(test, wider).migrate(),
      (error: Error) => error instanceof ConfigError && /order.*(?:first_name|nick)/.test(error.message),
    )
  })

  databaseIt('holds nothing of an account twice, and no group of nobody', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser(member('ada@example.com'))
    const group = await app.users.permissions.createGroup('all')
    await app.users.permissions.addToGroup(ada, group)
    await app.users.permissions.addToGroup(ada, group)
    assert.equal((await app.users.permissions.groupsOf(ada)).length, 1)
    await app.users.delete(ada.id)
    await assert.rejects(app.users.permissions.addToGroup(ada, group))
    await assert.rejects(app.users.permissions.grant(ada, 'auth.add_group'))
  })

  databaseIt('makes room for UUIDs in the index of sessions of an earlier release', async test => {
    const db = test.open()
    await migrateSessionIndex(db)
    const number: Readonly<Record<Dialect, string>> = {
      sqlite: '',
      postgresql: 'ALTER TABLE nuages_session ALTER COLUMN user_id TYPE integer USING 0',
      mysql: 'ALTER TABLE nuages_session MODIFY user_id int NOT NULL',
    }
    if (db.dialect !== 'sqlite') await db.prepare(number[db.dialect]).run()
    const app = createSite(test, members)
    if (db.dialect !== 'sqlite') assert.equal((await app.pendingMigrations()).includes('nuages_session.user_id'), true)
    await app.migrate()
    assert.deepEqual(await app.pendingMigrations(), [])
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    await loggedIn(app, 'ada@example.com')
    assert.equal((await app.auth.listSessions(ada)).length, 1)
  })
})

withDatabases('accounts that are members', databaseIt => {
  databaseIt('register, log in by address, are known again and log out', async test => {
    const app = await openSite(test, members)
    const client = new Client(app)
    const registered = await post(client, '/register/', { username: 'Ada@EXAMPLE.com', password })
    const { id } = (await registered.json()) as { id: string }
    assert.match(id, idShape)
    assert.equal((await post(client, '/register/', { username: 'Ada@example.COM', password })).status, 409)
    assert.equal((await post(client, '/login/', { username: 'Ada@example.com', password: 'wrong' })).status, 401)
    assert.equal((await post(client, '/login/', { username: 'Ada@Example.Com', password })).status, 200)
    assert.equal(await who(client), 'Ada@example.com')
    const session = await client.session()
    assert.equal(session.get('_auth_user_id' as never), id)
    const me = (await (await client.get('/me/')).json()) as Record<string, unknown>
    assert.equal(me.id, id)
    assert.equal('password' in me || 'fields' in me, false)
    await client.get('/logout/')
    assert.equal(await who(client), 'nobody')
  })

  databaseIt('are found by their id and by nothing else', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser(member('ada@example.com'))
    const id = String(ada.id)
    assert.equal((await app.users.get(ada.id))?.username, 'ada@example.com')
    const others = [
      nobody,
      id.toUpperCase(),
      id.replaceAll('-', ''),
      `${id} `,
      `{${id}}`,
      '',
      '0',
      0,
      1,
      NaN,
      null,
      undefined,
      {},
      [id],
      `${id}\0`,
    ]
    for (const other of others) {
      assert.equal(await app.users.get(other as UserId), null, String(other))
      assert.equal(await app.users.delete(other as UserId), false)
      assert.equal(await app.users.update(other as UserId, { isStaff: true }), null)
      assert.equal(await app.users.setPassword(other as UserId, 'x'), null)
    }
    assert.equal((await app.users.get(ada.id))?.isStaff, false)
    assert.equal(app.users.parseId(id), ada.id)
    for (const wrong of ['1', id.toUpperCase(), id.replaceAll('-', ''), ` ${id}`, `${id}\n`, ''])
      assert.equal(app.users.parseId(wrong), null, JSON.stringify(wrong))
  })

  databaseIt('is nobody whose session names an id of another kind', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    for (const wrong of [
      '1',
      '0',
      String(ada.id).replaceAll('-', ''),
      String(ada.id).toUpperCase(),
      `${ada.id}' OR '1`,
    ]) {
      const client = await loggedIn(app, 'ada@example.com')
      await client.changeSession(session => {
        session.set('_auth_user_id' as never, wrong as never)
      })
      assert.equal(await who(client), 'nobody', wrong)
    }
  })

  databaseIt('keep columns of the application’s own, of every type', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser(member('ada@example.com', { card: 'of Ada' }))
    assert.deepEqual(fieldsOf(await app.users.get(ada.id)), {
      phone: '',
      card: 'of Ada',
      level: null,
      weight: 0.5,
      news: false,
      trialEnds: null,
      birthday: null,
    })
    const values = {
      phone: '+49 ‘1’ 🎈',
      card: "'; --",
      level: -5,
      weight: 0.1,
      news: true,
      trialEnds: new Date('2026-02-28T23:59:59.987Z'),
      birthday: '1815-12-10',
    }
    const changed = await app.users.update(ada.id, fields(values))
    assert.deepEqual(fieldsOf(changed), values)
    assert.deepEqual(fieldsOf(await app.users.getByUsername('ada@example.com')), values)
    const more = await app.users.update(ada.id, { lastName: 'Lovelace', ...fields({ level: null }) })
    assert.deepEqual([more?.lastName, more?.firstName], ['Lovelace', ''])
    assert.deepEqual(fieldsOf(more), { ...values, level: null })
    assert.equal(Math.abs((more?.dateJoined.getTime() ?? 0) - Date.now()) < 60_000, true)
  })

  databaseIt('refuse values of another type, names that no field has, and a field that is missing', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser(member('ada@example.com'))
    const wrong: readonly object[] = [
      { level: 1.5 },
      { level: '1' },
      { level: 2 ** 31 },
      { weight: Number.NaN },
      { weight: Number.POSITIVE_INFINITY },
      { news: 1 },
      { phone: null },
      { phone: 'a\0b' },
      { phone: '\ud800' },
      { phone: { toString: () => 'x' } },
      { trialEnds: '2026-01-01' },
      { birthday: new Date() },
      { birthday: '31.12.2026' },
      { isStaff: true },
      { password: 'x' },
      { constructor: 'x' },
      { __proto__: null, key: nobody },
    ]
    for (const values of wrong) {
      await assert.rejects(app.users.update(ada.id, fields(values)), TypeError, JSON.stringify(values))
      await assert.rejects(app.users.createUser(member('bob@example.com', values)), TypeError, JSON.stringify(values))
    }
    await assert.rejects(app.users.createUser({ username: 'bob@example.com' } as never), /"card"/)
    await assert.rejects(app.users.update(ada.id, { firstName: 'Ada' }), /firstName/)
    await assert.rejects(app.users.createUser({ ...member('bob@example.com'), email: 'eve@example.com' }), TypeError)
    assert.equal(await app.users.getByUsername('bob@example.com'), null)
  })

  databaseIt('take nothing but what has a name from an object that a visitor sent', async test => {
    const app = await openSite(test, members)
    const sent = { ...member('ada@example.com'), id: nobody, key: nobody, password: 'x', last_login: 1, ' since ': 1 }
    const ada = await app.users.createUser(sent)
    assert.notEqual(ada.id, nobody)
    assert.equal(ada.lastLogin, null)
    assert.equal((await app.users.update(ada.id, { id: nobody, key: nobody } as never))?.id, ada.id)
  })

  databaseIt('know what is taken: the address, or a column that holds nothing twice', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser(member('ada@example.com', { card: 'one' }))
    const bob = await app.users.createUser(member('bob@example.com', { card: 'two' }))
    await assert.rejects(app.users.createUser(member('ada@EXAMPLE.com')), UserExistsError)
    await assert.rejects(app.users.createUser(member('eve@example.com', { card: 'one' })), UniqueViolation)
    await assert.rejects(app.users.update(bob.id, { username: 'ada@example.com' }), UserExistsError)
    await assert.rejects(app.users.update(bob.id, { email: 'ada@EXAMPLE.com' }), UserExistsError)
    await assert.rejects(app.users.update(bob.id, fields({ card: 'one' })), UniqueViolation)
    await assert.rejects(
      app.users.update(bob.id, { username: 'bob@example.com', ...fields({ card: 'one' }) }),
      UniqueViolation,
    )
    const both = await Promise.allSettled(
      Array.from({ length: 6 }, () => app.users.createUser(member('new@example.com'))),
    )
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const each of both) if (each.status === 'rejected') assert.equal(each.reason instanceof UserExistsError, true)
    const moved = await app.users.update(ada.id, { email: 'countess@EXAMPLE.org' })
    assert.deepEqual([moved?.username, moved?.email], ['countess@example.org', 'countess@example.org'])
    assert.equal(await app.users.getByUsername('ada@example.com'), null)
  })

  databaseIt('see where they are logged in, end that, and lose it with the account', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    const bob = await app.users.createUser({ ...member('bob@example.com'), password })
    const [laptop, phone] = [await loggedIn(app, 'ada@example.com'), await loggedIn(app, 'ada@example.com')]
    const other = await loggedIn(app, 'bob@example.com')
    const places = (await (await laptop.get('/places/')).json()) as { id: string; isCurrent: boolean }[]
    assert.equal(places.length, 2)
    const away = places.find(({ isCurrent }) => !isCurrent)?.id ?? ''
    assert.equal(await (await other.get(`/end/${away}/`)).text(), 'false', 'nobody ends what is somebody else’s')
    assert.equal(await (await laptop.get(`/end/${away}/`)).text(), 'true')
    assert.deepEqual([await who(laptop), await who(phone)], ['ada@example.com', 'nobody'])
    await app.users.setPassword(ada.id, 'another')
    assert.equal(await who(laptop), 'nobody')
    assert.equal(await app.users.delete(bob.id), true)
    assert.equal(await app.users.delete(bob.id), false)
    assert.equal(await who(other), 'nobody')
    assert.equal(await app.users.get(bob.id), null)
    const rows = await app.db.selectFrom('nuages_session').select('user_id').execute()
    assert.equal(
      rows.some(({ user_id }) => user_id === String(bob.id)),
      false,
    )
  })

  databaseIt('are taken into the index when they are seen', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    const client = await loggedIn(app, 'ada@example.com')
    await app.db.deleteFrom('nuages_session').execute()
    assert.equal((await app.auth.listSessions(ada)).length, 0)
    const later = createSite(test, members)
    const again = new Client(later)
    again.cookies.set('sessionid', client.cookies.get('sessionid') ?? '')
    assert.equal(await who(again), 'ada@example.com')
    await later.auth.flushLastSeen()
    assert.equal((await app.auth.listSessions(ada)).length, 1)
    assert.equal(await app.auth.clearSessionIndex(10), 0)
  })

  databaseIt('get a new password by mail, and show whose an address is', async test => {
    const app = await openSite(test, members)
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    await post(new Client(app), '/forgot/', { email: 'ADA@example.com' })
    await app.mail.idle()
    const link = new URL(/^https?:\/\/\S+$/m.exec(app.mail.outbox.at(-1)?.text ?? '')?.[0] ?? '').pathname
    const [, , uid = ''] = link.split('/')
    assert.equal(Buffer.from(uid, 'base64url').toString(), ada.id)
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(new Client(app), link, { password: 'by-a-link' })))
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 410, 410, 410])
    assert.equal((await app.users.verify('ada@example.com', 'by-a-link'))?.id, ada.id)
    assert.equal(await app.users.verify('ada@example.com', password), null)
    for (const wrong of ['MQ', 'AAAA', Buffer.from(nobody as unknown as string).toString('base64url')])
      assert.equal(await (await new Client(app).get(link.replace(uid, wrong))).text(), 'dead')

    const user = (await app.users.get(ada.id)) as User
    const proof = await app.auth.emailVerification.makeLink(user)
    assert.equal(await (await new Client(app).get(`/verify/${proof.uid}/${proof.token}/`)).text(), 'ada@example.com')
    assert.equal(await app.auth.emailVerification.isVerified(user), true)
    await app.users.delete(ada.id)
    assert.deepEqual(await app.db.selectFrom('nuages_verified_email').selectAll().execute(), [])
  })

  databaseIt('have groups and permissions', async test => {
    const app = await openSite(test, members)
    const { permissions } = app.users
    const ada = await app.users.createUser({ ...member('ada@example.com'), password })
    const root = await app.users.createSuperuser(member('root@example.com'))
    assert.deepEqual([root.isSuperuser, root.isStaff, await root.hasPerm('auth.add_group')], [true, true, true])
    assert.equal((await permissions.all()).has('club.change_member'), true, 'the model has its permissions')
    assert.equal((await permissions.all()).has('auth.change_user'), false)
    const client = await loggedIn(app, 'ada@example.com')
    assert.equal((await client.get('/add/')).status, 403)
    const group = await permissions.createGroup('editors')
    await permissions.grantToGroup(group, 'auth.add_group')
    await permissions.addToGroup(ada, group)
    assert.deepEqual(await permissions.groupsOf(ada), [group])
    assert.equal((await client.get('/add/')).status, 200)
    assert.equal(await permissions.removeFromGroup(ada, group), true)
    assert.equal(await permissions.removeFromGroup(ada, group), false)
    assert.equal((await client.get('/add/')).status, 403)
    await permissions.grant(ada, 'auth.add_group')
    assert.equal((await client.get('/add/')).status, 200)
    assert.equal(await permissions.revoke(ada, 'auth.add_group'), true)
    await permissions.addToGroup(ada, group)
    assert.equal(await permissions.deleteGroup(group), true)
    assert.deepEqual(await permissions.groupsOf(ada), [])
  })
})

withDatabases('accounts with large numbers', databaseIt => {
  databaseIt('are counted by the database, and known again', async test => {
    const app = await openSite(test, accounts)
    const ada = await app.users.createUser({ username: 'ada', password, email: 'ada@example.com' })
    assert.equal(typeof ada.id, 'number')
    const large = 2 ** 40
    await app.database.prepare('UPDATE shop_account SET id = ? WHERE id = ?').run([large, ada.id])
    const client = await loggedIn(app, 'ada')
    assert.equal(((await (await client.get('/me/')).json()) as { id: number }).id, large)
    assert.equal((await app.auth.listSessions((await app.users.get(large as UserId)) as User)).length, 1)
    for (const other of [1.5, Number.NaN, 2 ** 53, -1, '1', String(large), null])
      assert.equal(await app.users.get(other as UserId), null, String(other))
    assert.deepEqual([app.users.parseId(String(large)), app.users.parseId('9007199254740993')], [large, null])
  })
})

withDatabases('accounts in a table that has next to nothing', databaseIt => {
  databaseIt('log in, are active, and are nobody special', async test => {
    const app = await openSite(test, people)
    const ada = await app.users.createUser({ username: 'ada', password })
    const { email, firstName, isActive, isStaff, isSuperuser, lastLogin } = ada
    assert.deepEqual(
      { email, firstName, isActive, isStaff, isSuperuser, lastLogin },
      { email: '', firstName: '', isActive: true, isStaff: false, isSuperuser: false, lastLogin: null },
    )
    assert.throws(() => ada.dateJoined, TypeError)
    const client = await loggedIn(app, 'ada')
    assert.equal(await who(client), 'ada')
    assert.equal((await app.users.get(ada.id))?.lastLogin, null)
    assert.equal((await client.get('/add/')).status, 403)
    assert.deepEqual([...(await ada.getAllPermissions())], [])
    assert.deepEqual(await app.users.permissions.groupsOf(ada), [])
    await assert.rejects(app.users.permissions.grant(ada, 'auth.add_group'), ConfigError)
    await assert.rejects(app.users.createSuperuser({ username: 'root' }), TypeError, 'there is no column for that')
    await assert.rejects(app.users.update(ada.id, { isActive: false }), TypeError)
    assert.deepEqual(await app.users.findByEmail('', 10), [])
    await post(new Client(app), '/forgot/', { email: 'ada@example.com' })
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 0)
    assert.equal(await app.users.delete(ada.id), true)
    assert.equal(await who(client), 'nobody')
  })
})

withDatabases('a users table of somebody else’s', databaseIt => {
  databaseIt('may hold NULL where auth_user does not', async test => {
    const db = test.open()
    const uuid = db.dialect === 'postgresql' ? 'uuid' : 'char(32)'
    const quote = db.dialect === 'mysql' ? '`' : '"'
    await db
      .prepare(
        `CREATE TABLE staff_person (id ${uuid} PRIMARY KEY, ${quote}password${quote} varchar(128) NOT NULL, username varchar(150) NOT NULL UNIQUE, email varchar(254) NULL, first_name varchar(150) NULL)`,
      )
      .run()
    const nullable = defineUsers({
      model: 'staff.Person',
      id: 'uuid',
      columns: { lastLogin: null, isSuperuser: null, lastName: null, isStaff: null, isActive: null, dateJoined: null },
      groups: false,
    })
    const app = await openSite(test, nullable)
    await db
      .prepare('INSERT INTO staff_person (id, password, username) VALUES (?, ?, ?)')
      .run([db.dialect === 'postgresql' ? String(nobody) : String(nobody).replaceAll('-', ''), '!', 'ada'])
    const ada = (await app.users.getByUsername('ada')) as User
    assert.deepEqual([ada.id, ada.email, ada.firstName], [nobody, '', ''])
    assert.equal(await app.auth.emailVerification.isVerified(ada), false)
    const link = app.auth.passwordReset.makeLink(ada)
    assert.equal((await app.auth.passwordReset.finish(link, password))?.id, ada.id)
    assert.equal((await app.users.verify('ada', password))?.id, ada.id)
  })
})

describe('defining a users table', () => {
  const refused = (definition: unknown, message: RegExp): void =>
    assert.throws(
      () => defineUsers(definition as never),
      (error: Error) => error instanceof ConfigError && message.test(error.message),
      JSON.stringify(definition),
    )

  it('takes names that SQL has, and nothing that would end them', () => {
    for (const name of ['a"b', 'a`b', "a'b", 'a b', 'a;b', 'a.b', 'a-b', '1a', '', 'ä', 'a\0', 'a\n', 'a'.repeat(64)]) {
      refused({ model: 'club.Member', table: name }, /cannot name/)
      refused({ model: 'club.Member', username: name }, /cannot name/)
      refused({ model: 'club.Member', id: { type: 'int', column: name } }, /cannot name/)
      refused({ model: 'club.Member', columns: { isStaff: name } }, /cannot name/)
      refused({ model: 'club.Member', fields: { phone: { type: 'text', column: name } } }, /cannot name/)
      refused({ model: `club.${name}` }, /names no model|cannot name/)
      refused({ model: `${name}.Member` }, /names no model|cannot name/)
    }
  })

  it('takes each column once, known types, and knows every word of the definition', () => {
    refused({ model: 'auth.User' }, /Django/)
    refused({ model: 'Member' }, /names no model/)
    refused({ model: 'club.Member', id: 'text' }, /id/)
    refused({ model: 'club.Member', columns: { password: null } }, /password/)
    refused({ model: 'club.Member', columns: { phone: 'phone' } }, /phone/)
    refused({ model: 'club.Member', columns: { id: 'key' } }, /id/)
    refused({ model: 'club.Member', tabel: 'x' }, /tabel/)
    refused({ model: 'club.Member', fields: { phone: 'varchar' } }, /phone/)
    refused({ model: 'club.Member', fields: { 'Phone number': 'text' } }, /Phone number/)
    refused({ model: 'club.Member', fields: { email: 'text' } }, /email/)
    refused({ model: 'club.Member', fields: { a: 'text', b: { type: 'text', column: 'a' } } }, /twice/)
    refused({ model: 'club.Member', fields: { card: { type: 'text', unique: true } } }, /card/)
  })

  it('says which table it is', () => {
    assert.deepEqual(
      [members.schema.table, accounts.schema.table, people.schema.table],
      ['order', 'shop_account', 'blog_author'],
    )
    assert.equal(defineUsers({ model: 'a.UserProfile' }).schema.links?.userColumn, 'userprofile_id')
  })
})
