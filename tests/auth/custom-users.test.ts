/**
 * Accounts in a table of the application's own: made by Nuages, and beside a real Django with AUTH_USER_MODEL.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { type App, createApp } from '../../src/app/index.ts'
import {
  authenticate,
  defineUsers,
  listSessions,
  login,
  modelPermissions,
  UserExistsError,
  type Users,
  type UsersTable,
} from '../../src/auth/index.ts'
import { UniqueViolation } from '../../src/db/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { ConfigError } from '../../src/kit/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { askProgram, type Oracle } from '../django/oracle.ts'
import { requireDjangoCommand, withDatabases } from '../real-parts.ts'

/** Of the tests in one program not all have the same accounts: here what the compiler would know of one application is left out. */
interface AnyUser {
  readonly id: never
  readonly username: string
  readonly email: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly fields: Readonly<Record<string, unknown>>
}
type Given = Parameters<Users['createUser']>[0]

const given = (values: object): Given => values as Given
const seen = (user: unknown): AnyUser => user as AnyUser

interface Place {
  readonly t: TestContext
  readonly url: string
}

const urls = [
  path('who/', async (request: HttpRequest) => new HttpResponse(String((await request.user)?.id ?? 'nobody'))),
  path('list/', async (request: HttpRequest) => new HttpResponse(JSON.stringify(await listSessions(request)))),
  path('login/', async (request: HttpRequest) => {
    const { username, password } = Object.fromEntries(request.GET.entries()) as Record<string, string>
    const user = await authenticate(request, { username: username ?? '', password: password ?? '' })
    if (user !== null) await login(request, user)
    return new HttpResponse(String(user?.id ?? 'nobody'))
  }),
]

function open({ t, url }: Place, users: UsersTable<never>, settings: Partial<SettingsInput> = {}): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of accounts of an application',
      DATABASE_URL: url,
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 5 } }],
      ...settings,
    }),
    users,
    permissions: modelPermissions('shop.product'),
    urls,
    logger: null,
  })
  t.after(() => app.close())
  return app
}

const fields = {
  phone: 'text',
  score: { type: 'integer', default: 0 },
  ratio: { type: 'number', default: 0.5 },
  isVip: { type: 'boolean', default: false },
  trialEnds: 'time | null',
  born: 'date | null',
} as const

const members = defineUsers({
  model: 'members.Member',
  id: 'uuid',
  username: 'email',
  columns: { firstName: null, lastName: null },
  fields,
}) as UsersTable<never>

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ends = new Date('2026-03-01T12:30:00Z')

withDatabases('a users table of the application', databaseIt => {
  databaseIt('is made by migrate, once by several at once, with its rows for Django', async test => {
    const [app, other] = [open(test, members), open(test, members)]
    assert((await app.pendingMigrations()).includes('members_member'))
    const created = (await Promise.all([app.migrate(), other.migrate()])).flat()
    const own = ['members_member', 'members_member_groups', 'members_member_user_permissions']
    assert.deepEqual(created.filter(name => name.startsWith('members')).toSorted(), own)
    assert(!created.includes('auth_user') && !created.includes('auth_user_groups'))
    assert.deepEqual(await app.pendingMigrations(), [])
    assert.deepEqual(await app.migrate(), [])
    const permissions = await app.users.permissions.all()
    assert(permissions.has('members.change_member') && !permissions.has('auth.change_user'))
  })

  databaseIt('keeps the columns of one’s own, each in its type', async test => {
    const app = open(test, members)
    await app.migrate()
    const { users } = app
    const ada = seen(await users.createUser(given({ username: 'Ada@EXAMPLE.com', fields: { phone: '12' } })))
    assert.match(String(ada.id), uuid)
    assert.equal(ada.username, 'Ada@example.com')
    assert.equal(ada.email, 'Ada@example.com')
    const plain = { phone: '12', score: 0, ratio: 0.5, isVip: false, trialEnds: null, born: null }
    assert.deepEqual({ ...ada.fields }, plain)
    const rich = { phone: 'é\'"`', score: -2_147_483_647, ratio: 0.1, isVip: true, trialEnds: ends, born: '1815-12-10' }
    const changed = seen(await users.update(ada.id, { fields: rich } as never))
    assert.deepEqual({ ...changed.fields }, rich)
    assert.deepEqual({ ...seen(await users.get(ada.id)).fields }, rich)
    assert(!JSON.stringify(changed).includes('1815'), 'what JSON sees holds none of them')
    assert.equal(seen(await users.update(ada.id, { fields: { trialEnds: null } } as never)).fields.trialEnds, null)
    for (const bad of [
      { phone: 1 },
      { phone: null },
      { phone: 'a\0' },
      { score: 1.5 },
      { score: 2 ** 31 },
      { isVip: 'no' },
    ])
      await assert.rejects(users.update(ada.id, { fields: bad } as never), TypeError)
    for (const bad of [{ ratio: Number.NaN }, { born: 'soon' }, { trialEnds: 'soon' }, { isAdmin: true }, { id: 'x' }])
      await assert.rejects(users.update(ada.id, { fields: bad } as never), TypeError)
    await assert.rejects(users.createUser(given({ username: 'bob@example.com' })), /"phone" of an account is text/)
  })

  databaseIt('knows a visitor from login to logout, with all that needs the id', async test => {
    const app = open(test, members)
    await app.migrate()
    const password = 'quiet-rain-on-roofs'
    const ada = seen(
      await app.users.createUser(given({ username: 'ada@example.com', password, fields: { phone: '' } })),
    )
    const [one, two] = [new Client(app), new Client(app)]
    const asked = `/login/?username=ada@EXAMPLE.com&password=${password}`
    assert.equal(await (await one.get(asked)).text(), ada.id)
    assert.equal(await (await two.get(asked)).text(), ada.id)
    assert.equal(await (await one.get('/login/?username=ada@example.com&password=wrong')).text(), 'nobody')
    assert.equal(await (await one.get('/who/')).text(), ada.id)
    const listed = (await (await one.get('/list/')).json()) as { isCurrent: boolean }[]
    assert.deepEqual(listed.map(({ isCurrent }) => isCurrent).toSorted(), [false, true])
    const { auth, users } = app
    const account = await users.get(ada.id)
    assert(account !== null)
    const session = await app.sessions.open(one.cookies.get('sessionid') ?? '')
    assert.equal(session.get('_auth_user_id'), ada.id)
    assert.equal(await auth.revokeOtherSessions(account, session), 1)
    assert.equal(await (await two.get('/who/')).text(), 'nobody')
    assert.equal(await (await one.get('/who/')).text(), ada.id)
    assert.equal(await users.delete(ada.id), true)
    assert.equal(await (await one.get('/who/')).text(), 'nobody')
    assert.deepEqual(await app.db.selectFrom('nuages_session').selectAll().execute(), [])
  })

  databaseIt('finds nobody by what is no id', async test => {
    const app = open(test, members)
    await app.migrate()
    const ada = seen(await app.users.createUser(given({ username: 'ada@example.com', fields: { phone: '' } })))
    const id = String(ada.id)
    for (const wrong of [
      1,
      '',
      '1',
      "' OR 1=1 --",
      id.toUpperCase(),
      id.replaceAll('-', ''),
      `${id}\n`,
      `{${id}}`,
      null,
      {},
    ])
      assert.equal(await app.users.get(wrong as never), null, String(wrong))
    for (const wrong of [1, id.replaceAll('-', '')]) assert.equal(await app.users.delete(wrong as never), false)
    for (const text of ['', '1', id.toUpperCase(), id.replaceAll('-', ''), ` ${id}`])
      assert.equal(app.users.parseId(text), null)
    assert.equal(app.users.parseId(id), id)
    const numbers = defineUsers({ model: 'people.Person' }) as UsersTable<never>
    const other = open(test, numbers)
    for (const wrong of ['2147483648', '1e3', '0x10', '', ' 1', id])
      assert.equal(other.users.parseId(wrong), null, wrong)
    assert.equal(other.users.parseId('7') as unknown, 7)
  })

  databaseIt('takes one of many registrations of a name, and tells other doubles apart', async test => {
    const unique = { type: 'text', maxLength: 20, unique: true } as const
    const table = defineUsers({ model: 'people.Person', id: 'bigint', fields: { phone: unique } }) as UsersTable<never>
    const app = open(test, table)
    await app.migrate()
    const tries = Array.from({ length: 8 }, (_, index) =>
      app.users.createUser(given({ username: 'ada', fields: { phone: String(index) } })),
    )
    const results = await Promise.allSettled(tries)
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) if (result.status === 'rejected') assert(result.reason instanceof UserExistsError)
    const ada = seen(await app.users.getByUsername('ada'))
    assert.equal(typeof ada.id, 'number')
    const double = app.users.createUser(given({ username: 'bob', fields: { phone: ada.fields.phone } }))
    await assert.rejects(double, UniqueViolation)
  })

  databaseIt('finds numbers beyond 2^31 where they are big', async test => {
    const table = defineUsers({
      model: 'people.Person',
      id: { type: 'bigint', column: 'person_no' },
    }) as UsersTable<never>
    const app = open(test, table)
    await app.migrate()
    const ada = seen(await app.users.createUser(given({ username: 'ada' })))
    const big = 2 ** 40 + 1
    await sql`UPDATE people_person SET person_no = ${big} WHERE person_no = ${ada.id}`.execute(app.db)
    assert.equal(seen(await app.users.get(big as never)).id as number, big)
    assert.equal(await app.users.get((2 ** 53) as never), null)
    const client = new Client(app)
    await client.forceLogin((await app.users.get(big as never)) as never)
    assert.equal(await (await client.get('/who/')).text(), String(big))
  })

  databaseIt('may call columns otherwise, or lack them', async test => {
    const columns = {
      isStaff: 'is_admin',
      isSuperuser: 'is_admin',
      email: null,
      dateJoined: null,
      isActive: null,
    } as const
    const table = defineUsers({ model: 'club.Member', table: 'order', username: 'login', columns, groups: false })
    const app = open(test, table as UsersTable<never>)
    assert.deepEqual(
      (await app.migrate()).filter(name => name.startsWith('order')),
      ['order'],
    )
    const { users } = app
    const ada = seen(await users.createUser(given({ username: 'ada', isStaff: true, password: 'secret' })))
    assert.equal(ada.isSuperuser, true)
    assert.equal(ada.email, '')
    assert.equal(seen(await users.update(ada.id, { isSuperuser: false })).isStaff, false)
    await assert.rejects(users.update(ada.id, { isSuperuser: true, isStaff: false }), /one column/)
    await assert.rejects(users.update(ada.id, { email: 'a@example.com' }), /order has no column for email/)
    await assert.rejects(users.update(ada.id, { isActive: false }), /order has no column for isActive/)
    assert.equal((await users.verify('ada', 'secret'))?.username, 'ada')
    assert.deepEqual(await users.findByEmail('', 9), [])
    const account = (await users.get(ada.id)) as never
    assert.equal(await users.replacePassword(account, 'other').then(user => user?.username), 'ada')
    await assert.rejects(users.permissions.grant(account, 'shop.add_product'), ConfigError)
    assert.deepEqual(await users.permissions.groupsOf(account), [])
    assert.equal(await (account as { hasPerm(name: string): Promise<boolean> }).hasPerm('shop.add_product'), false)
    assert.equal(await users.delete(ada.id), true)
  })

  databaseIt('loses an account whole, though it joins groups at that moment', async test => {
    const app = open(test, members)
    await app.migrate()
    const { permissions } = app.users
    const groups = await Promise.all(Array.from({ length: 6 }, (_, index) => permissions.createGroup(`group ${index}`)))
    for (let round = 0; round < 5; round += 1) {
      const created = await app.users.createUser(given({ username: `a${round}@example.com`, fields: { phone: '' } }))
      const joining = groups.map(group => permissions.addToGroup(created, group))
      const granting = permissions.grant(created, 'shop.add_product')
      const leaving = app.users.delete(seen(created).id)
      const [deleted] = await Promise.allSettled([leaving, granting, ...joining])
      assert.deepEqual(deleted, { status: 'fulfilled', value: true })
    }
    const { rows } = await sql<{ count: number }>`SELECT COUNT(*) AS count FROM members_member_groups`.execute(app.db)
    assert.equal(Number(rows[0]?.count), 0)
  })

  databaseIt('is left alone where it lacks a column, and refused by name', async test => {
    const app = open(test, members)
    await sql`CREATE TABLE members_member (id integer, email varchar(254))`.execute(app.db)
    await assert.rejects(app.migrate(), /members_member is not that of defineUsers: it lacks the column password, /)
  })

  databaseIt('gets an index of sessions that takes its ids, also one that was there', async test => {
    const app = open(test, members)
    await app.migrate()
    await sql`DROP TABLE nuages_session`.execute(app.db)
    const time = { sqlite: 'datetime', postgresql: 'timestamp with time zone', mysql: 'datetime(6)' }[test.dialect]
    await sql
      .raw(`CREATE TABLE nuages_session (session_key varchar(40) NOT NULL PRIMARY KEY, id varchar(32) NOT NULL, user_id integer NOT NULL,
        device varchar(100) NOT NULL, address varchar(45) NULL, created ${time} NOT NULL, last_seen ${time} NOT NULL, expires ${time} NOT NULL)`)
      .execute(app.db)
    const pending = test.dialect === 'sqlite' ? [] : ['nuages_session.user_id']
    assert.deepEqual(await app.pendingMigrations(), pending)
    await Promise.all([app.migrate(), open(test, members).migrate()])
    assert.deepEqual(await app.pendingMigrations(), [])
    const ada = await app.users.createUser(given({ username: 'ada@example.com', fields: { phone: '' } }))
    await new Client(app).forceLogin(ada)
    assert.equal((await app.auth.listSessions(ada)).length, 1)
  })

  databaseIt('is shared with a real Django', async test => {
    const secretKey = 'shared with a Django that has accounts of its own'
    const site = openMembers(test, secretKey)
    if (site === null) return
    const ask = async (what: string, more: object = {}): Promise<Answer> => {
      const answer = await site.ask(what, { do: what, ...more })
      assert.equal(answer.error, undefined)
      return answer
    }
    const { tables } = await ask('migrate')
    const password = 'quiet-rain-on-roofs'
    const { id: adasId } = await ask('create', { email: 'Ada@EXAMPLE.com', password, fields: { phone: '12' } })
    const app = open(test, members, { SECRET_KEY: secretKey, DJANGO_VERSION: '3.2', SESSION_INDEX: true })
    const created = await app.migrate()
    assert.deepEqual(
      created.filter(name => tables.includes(name) || name.startsWith('members')),
      [],
    )
    assert.deepEqual(await app.pendingMigrations(), [])

    const client = new Client(app)
    assert.equal(await (await client.get(`/login/?username=Ada@Example.com&password=${password}`)).text(), adasId)
    const key = client.cookies.get('sessionid')
    assert.equal((await ask('whose_session', { key })).id, adasId, 'a login here is one there')
    const other = new Client(app)
    other.cookies.set('sessionid', (await ask('login_session', { id: adasId })).key)
    assert.equal(await (await other.get('/who/')).text(), adasId, 'and the reverse')

    const bob = seen(
      await app.users.createUser(
        given({ username: 'bob@example.com', password, fields: { phone: '7', trialEnds: ends, born: '1815-12-10' } }),
      ),
    )
    const shown = await ask('show', { id: bob.id })
    assert.deepEqual(shown, {
      ...{ id: bob.id, email: 'bob@example.com', phone: '7', score: 0, ratio: 0.5, is_vip: false, is_active: true },
      ...{ is_staff: false, is_superuser: false, trial_ends: '2026-03-01T12:30:00+00:00', born: '1815-12-10' },
      permissions: [],
    })
    assert.equal((await ask('check', { email: 'bob@example.com', password })).id, bob.id)

    const { permissions } = app.users
    await ask('join', { id: bob.id, group: 'editors', permissions: ['change_member'] })
    const account = await app.users.get(bob.id)
    assert(account !== null)
    assert.deepEqual([...(await account.getAllPermissions())], ['members.change_member'])
    await permissions.grant(account, 'members.add_member')
    await permissions.addToGroup(account, await permissions.createGroup('writers'))
    const both = ['members.add_member', 'members.change_member']
    assert.deepEqual((await ask('show', { id: bob.id })).permissions, both)
    assert.deepEqual((await ask('groups', { id: bob.id })).groups, ['editors', 'writers'])

    const link = await ask('make_token', { id: bob.id })
    const reset = app.auth.passwordReset
    assert.equal((await reset.check(link as never))?.username, 'bob@example.com', 'a link of Django’s is good here')
    assert.equal((await ask('check_token', reset.makeLink(account))).ok, true, 'and the reverse')
    assert.equal(await app.users.delete(bob.id), true)
    assert.deepEqual(await ask('count'), { members: 1, memberships: 0 })
  })
})

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON Django prints; the test knows what it asked
type Answer = Record<string, any>

function openMembers({ t, url }: Place, secretKey: string): Oracle | null {
  const command = requireDjangoCommand(t, { url, secretKey })
  if (command === null) return null
  const here = fileURLToPath(new URL('.', import.meta.url))
  const oracles = fileURLToPath(new URL('.', new URL(`file://${command.oracle}`)))
  const env = { ...command.env, PYTHONPATH: [command.env.PYTHONPATH, oracles, here].filter(Boolean).join(':') }
  return askProgram(t, [fileURLToPath(new URL('member_site.py', import.meta.url))], { ...command, env })
}

describe('defineUsers', () => {
  it('refuses what makes no table', () => {
    const refused: readonly (readonly [definition: object, why: RegExp])[] = [
      [{ model: 'auth.User' }, /auth\.User is the table of Django itself/],
      [{ model: 'User' }, /names no model/],
      [{ model: 'a.B', table: 'x; DROP TABLE y' }, /cannot name a table/],
      [{ model: 'a.B', table: 'x'.repeat(50) }, /cannot name a table/],
      [{ model: 'a.B', id: 'text' }, /neither of int, bigint, uuid/],
      [{ model: 'a.B', columns: { password: null } }, /no column for passwords/],
      [{ model: 'a.B', columns: { userName: 'x' } }, /knows no userName/],
      [{ model: 'a.B', column: {} }, /knows no column/],
      [{ model: 'a.B', fields: { phone: 'string' } }, /"phone" of the accounts cannot be "string"/],
      [{ model: 'a.B', fields: { 'a"b': 'text' } }, /cannot be "text"/],
      [{ model: 'a.B', fields: { email: 'text' } }, /a_b\.email is named twice\. Leave the field out/],
      [{ model: 'a.B', fields: { phone: { type: 'text', unique: true } } }, /has no limit/],
      [{ model: 'a.B', fields: { phone: { type: 'text', column: 'a`b' } } }, /cannot name a table or column/],
    ]
    for (const [definition, why] of refused)
      assert.throws(
        () => defineUsers(definition as never),
        (error: Error) => error instanceof ConfigError && why.test(error.message),
      )
  })
})

describe('an account of a visitor’s own making', () => {
  it('gets no column that is not asked for by name', async t => {
    const app = open({ t, url: 'sqlite::memory:' }, members)
    await app.migrate()
    const ada = seen(await app.users.createUser(given({ username: 'ada@example.com', fields: { phone: '' } })))
    const sent = JSON.parse(
      '{"id": "x", "password": "x", "lastLogin": "x", "dateJoined": "x", "__proto__": {"isSuperuser": true}}',
    )
    const changed = seen(await app.users.update(ada.id, sent))
    assert.equal(changed.isSuperuser, false)
    const { rows } = await sql<{ password: string }>`SELECT password FROM members_member`.execute(app.db)
    assert.match(rows[0]?.password ?? '', /^!/)
  })
})
