/**
 * A Django site with `AUTH_USER_MODEL`: its accounts are those of Nuages, whatever their table looks like.
 */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type App, createApp } from '../../src/app/index.ts'
import { defineUsers, permissionRequired, type User, type UserId, type UsersTable } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { ConfigError } from '../../src/kit/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { type DatabaseTest, requireDjangoCommand, withDatabases } from '../real-parts.ts'
import { askProgram, type Oracle, quickHashes, withFolders } from './oracle.ts'
import { secretKey } from './site.ts'

const people = join(import.meta.dirname, 'people')
const contrib = ['auth', 'contenttypes', 'sessions', 'messages'].map(name => `django.contrib.${name}`)

const members = defineUsers({
  model: 'members.Member',
  id: 'uuid',
  username: 'email',
  columns: { firstName: null, lastName: null, dateJoined: null },
  fields: {
    phone: { type: 'text', default: '' },
    trialEnds: 'time | null',
    birthday: 'date | null',
    points: { type: 'integer', default: 0 },
  },
})

const accounts = defineUsers({ model: 'accounts.User', id: 'bigint', fields: { nick: { type: 'text', default: '' } } })

interface Site {
  readonly app: App
  readonly django: Oracle
}

const urls = [
  path('who/', async (request: HttpRequest) => new HttpResponse((await request.user)?.username ?? 'nobody')),
  path(
    'groups/',
    permissionRequired('auth.change_group', () => new HttpResponse('may')),
  ),
]

/** A Django with this model, migrated, and a Nuages beside it; `null` when the test was skipped. */
async function openBoth({ t, url }: DatabaseTest, users: UsersTable, model: string): Promise<Site | null> {
  const settings = { ...quickHashes.django, INSTALLED_APPS: [...contrib, model.split('.')[0]], AUTH_USER_MODEL: model }
  const command = requireDjangoCommand(t, { url, secretKey, settings })
  if (command === null) return null
  const django = askProgram(t, [join(people, 'people.py')], withFolders(command, people, dirname(command.oracle)))
  assert.deepEqual(await django.ask('migrate'), {})
  return { django, app: openNuages(t, url, users) }
}

function openNuages(t: DatabaseTest['t'], url: string, users: UsersTable): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: secretKey,
      DATABASE_URL: url,
      DJANGO_VERSION: '3.2',
      SESSION_INDEX: true,
      USE_TZ: true,
      TIME_ZONE: 'UTC',
      ALLOWED_HOSTS: ['localhost'],
      ...quickHashes.nuages,
    }),
    users,
    urls,
    logger: null,
  })
  t.after(() => app.close())
  return app
}

/** The columns of an application's own, which the types of this program do not know. */
const fieldsOf = (user: User | null): Readonly<Record<string, unknown>> => ({ ...user?.fields })
const given = (fields: object): { fields: never } => ({ fields: fields as never })

const who = async (client: Client): Promise<string> => (await client.get('/who/')).text()
const keyOf = (client: Client): string => client.cookies.get('sessionid') ?? ''

function withKey(app: App, key: string): Client {
  const client = new Client(app)
  client.cookies.set('sessionid', key)
  return client
}

/** The account of this name on both sides, with its hash. */
async function bothRows({ app, django }: Site, name: string): Promise<readonly [User, Record<string, unknown>]> {
  const user = await app.users.getByUsername(name)
  assert(user)
  const row = await django.ask('user', { name })
  assert.equal(row.id === String(user.id) || row.id === user.id, true)
  return [user, row]
}

async function sharesLogins(site: Site, name: string): Promise<void> {
  const { app, django } = site
  const [user] = await bothRows(site, name)
  const { key } = await django.ask('login', { name })
  assert.equal(await who(withKey(app, key)), name, 'a login by Django')
  const client = new Client(app)
  await client.forceLogin(user)
  assert.deepEqual(
    await django.ask('whose', { key: keyOf(client) }),
    { name, id: String(user.id) },
    'a login by Nuages',
  )
  await app.auth.flushLastSeen()
  assert.equal((await app.auth.listSessions(user)).length, 2, 'that of Django was taken in when it was seen')
  assert.equal(await app.auth.revokeAllSessions(user), 2)
  assert.equal((await django.ask('whose', { key })).name, '')

  const again = (await django.ask('login', { name })).key
  await django.ask('password', { name, password: 'changed-by-django' })
  assert.equal(await who(withKey(app, again)), 'nobody', 'another password ends the session')
  assert.equal((await app.users.verify(name, 'changed-by-django'))?.id, user.id)
  await app.users.setPassword(user.id, 'changed-by-nuages')
  assert.deepEqual(await django.ask('verify', { name, password: 'changed-by-nuages' }), { ok: true })
}

async function sharesLinks(site: Site, name: string): Promise<void> {
  const { app, django } = site
  const [user] = await bothRows(site, name)
  const { uid, token } = app.auth.passwordReset.makeLink(user)
  assert.deepEqual(await django.ask('check_token', { name, token }), { ok: true })
  const link = (await django.ask('token', { name })) as { uid: string; token: string }
  assert.equal(link.uid, uid)
  assert.equal((await app.auth.passwordReset.check(link))?.id, user.id)
  assert.equal((await app.auth.passwordReset.finish(link, 'by-a-link-of-django'))?.id, user.id)
  assert.equal(await app.auth.passwordReset.check(link), null)
  assert.deepEqual(await django.ask('verify', { name, password: 'by-a-link-of-django' }), { ok: true })
}

async function sharesGroups(site: Site, name: string): Promise<void> {
  const { app, django } = site
  const { permissions } = app.users
  const [user] = await bothRows(site, name)
  await django.ask('join', { name, group: 'editors' })
  const [editors] = await permissions.groupsOf(user)
  assert.equal(editors?.name, 'editors')
  await permissions.grantToGroup(editors, 'auth.change_group')
  await permissions.grant(user, 'auth.add_group')
  assert.deepEqual(await django.ask('may', { name }), {
    permissions: ['auth.add_group', 'auth.change_group'],
    groups: ['editors'],
  })
  const client = new Client(app)
  await client.forceLogin(user)
  assert.equal((await client.get('/groups/')).status, 200)
  assert.equal(await permissions.removeFromGroup(user, editors), true)
  assert.equal((await client.get('/groups/')).status, 403)
  assert.deepEqual(await django.ask('may', { name }), { permissions: ['auth.add_group'], groups: [] })
  await permissions.addToGroup(user, editors)
}

withDatabases('beside a Django whose accounts are members', it => {
  it('has the same accounts: UUIDs, an address to log in with, columns of their own', async test => {
    const site = await openBoth(test, members, 'members.Member')
    if (site === null) return
    const { app, django } = site
    await django.ask('create', {
      name: 'Ada@Example.COM',
      password: 'secret',
      fields: { phone: '+49 1', trial_ends: '2026-03-01T12:30:00+00:00', birthday: '1815-12-10', points: 7 },
    })
    const [ada] = await bothRows(site, 'Ada@example.com')
    assert.match(String(ada.id), /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    assert.deepEqual(fieldsOf(ada), {
      phone: '+49 1',
      trialEnds: new Date('2026-03-01T12:30:00Z'),
      birthday: '1815-12-10',
      points: 7,
    })
    assert.deepEqual([ada.email, ada.firstName, ada.isActive, ada.isStaff], ['Ada@example.com', '', true, false])

    const bob = await app.users.createUser({
      username: 'bob@EXAMPLE.com',
      password: 'secret',
      isStaff: true,
      ...given({ phone: 'one', trialEnds: new Date('2027-01-01T00:00:00.123Z'), birthday: '2000-02-29' }),
    })
    const [, row] = await bothRows(site, 'bob@example.com')
    const { id, email, phone, trial_ends, birthday, points, is_staff, is_superuser } = row
    assert.deepEqual(
      { id, email, phone, trial_ends, birthday, points, is_staff, is_superuser },
      {
        id: bob.id,
        email: 'bob@example.com',
        phone: 'one',
        trial_ends: '2027-01-01 00:00:00.123000+00:00',
        birthday: '2000-02-29',
        points: 0,
        is_staff: true,
        is_superuser: false,
      },
    )
    await app.users.update(bob.id, given({ points: -3, trialEnds: null }))
    await django.ask('change', { name: 'bob@example.com', fields: { phone: 'two' } })
    const [changed, changedRow] = await bothRows(site, 'bob@example.com')
    assert.deepEqual([changedRow.points, changedRow.trial_ends], [-3, null])
    assert.equal(fieldsOf(changed).phone, 'two')
  })

  it('shares logins, links and permissions', async test => {
    const site = await openBoth(test, members, 'members.Member')
    if (site === null) return
    const { app, django } = site
    await app.migrate()
    const name = 'ada@example.com'
    await app.users.createUser({ username: name, password: 'secret' })
    await sharesLogins(site, name)
    await sharesLinks(site, name)
    await sharesGroups(site, name)
    const [user] = await bothRows(site, name)
    assert.equal(await app.users.delete(user.id), true)
    assert.equal((await django.ask('user', { name })).error, 'DoesNotExist')
  })

  it('leaves the tables of that Django alone, and gives it nothing to migrate', async test => {
    const site = await openBoth(test, members, 'members.Member')
    if (site === null) return
    const { app, django } = site
    const names = async (): Promise<string[]> =>
      (await app.db.introspection.getTables()).map(table => table.name).toSorted()
    const before = await names()
    assert.equal(before.includes('auth_user'), false)
    assert.deepEqual(await app.pendingMigrations(), ['nuages_session'])
    assert.deepEqual(await app.migrate(), ['nuages_session'])
    assert.deepEqual(await app.pendingMigrations(), [])
    assert.deepEqual(await names(), [...before, 'nuages_session'].toSorted())
    assert.deepEqual(await django.ask('migrate'), {})
  })
})

withDatabases('beside a Django whose accounts are those of accounts.User', it => {
  it('shares logins, links, permissions, and ids that no int holds', async test => {
    const site = await openBoth(test, accounts, 'accounts.User')
    if (site === null) return
    const { app, django } = site
    await app.migrate()
    const large = 2 ** 40
    await django.ask('create', { name: 'ada', password: 'secret', fields: { id: large, nick: 'countess' } })
    const [ada] = await bothRows(site, 'ada')
    assert.deepEqual([ada.id, fieldsOf(ada)], [large as UserId, { nick: 'countess' }])
    await sharesLogins(site, 'ada')
    await sharesLinks(site, 'ada')
    await sharesGroups(site, 'ada')
    const bob = await app.users.createUser({ username: 'bob' })
    const [, row] = await bothRows(site, 'bob')
    assert.deepEqual([row.nick, row.email, row.last_login], ['', '', null])
    assert.equal(Date.parse(`${row.date_joined}`), bob.dateJoined.getTime())
    await django.ask('delete', { name: 'ada' })
    assert.equal(await app.users.get(ada.id), null)
  })

  it('refuses an app that was not told of the table, and a table that is another', async test => {
    const site = await openBoth(test, accounts, 'accounts.User')
    if (site === null) return
    const plain = createApp({
      settings: defineSettings({ SECRET_KEY: secretKey, DATABASE_URL: test.url }),
      urls: [],
      logger: null,
    })
    test.t.after(() => plain.close())
    await assert.rejects(
      plain.migrate(),
      (error: Error) => error instanceof ConfigError && /defineUsers/.test(error.message),
    )
    const other = openNuages(test.t, test.url, defineUsers({ model: 'accounts.User', fields: { phone: 'text' } }))
    await assert.rejects(other.migrate(), /accounts_user[\s\S]*phone/)
    const elsewhere = openNuages(test.t, test.url, defineUsers({ model: 'accounts.User', table: 'people' }))
    await assert.rejects(elsewhere.migrate(), /people/)
  })
})

test('the accounts of the tests are those that their models say', () => {
  assert.equal(members.schema.table, 'members_member')
  assert.deepEqual(accounts.schema.links, {
    groups: 'accounts_user_groups',
    permissions: 'accounts_user_user_permissions',
    userColumn: 'user_id',
  })
})
