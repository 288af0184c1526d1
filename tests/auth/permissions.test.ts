/**
 * Groups and permissions, on every database and beside a real Django.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp } from '../../src/app/index.ts'
import {
  modelPermissions,
  permissionRequired,
  requirePermission,
  staffRequired,
  type User,
} from '../../src/auth/index.ts'
import { DatabaseUnavailable, ReferenceViolation } from '../../src/db/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { withDatabases } from '../real-parts.ts'

const permissions = modelPermissions('shop.product', { refund_product: 'Can take back a product' })
const done = (): HttpResponse => new HttpResponse('done')

function open(t: TestContext, url = 'sqlite::memory:'): App {
  const app = createApp({
    settings: defineSettings({ SECRET_KEY: 'k'.repeat(50), DATABASE_URL: url, ALLOWED_HOSTS: ['localhost'] }),
    permissions,
    urls: [
      path('staff/', staffRequired(done)),
      path('change/', permissionRequired('shop.change_product', done)),
      path('both/', permissionRequired(['shop.add_product', 'shop.change_product'], done)),
      path('api/', async (request: HttpRequest) => {
        await requirePermission(request, 'shop.refund_product')
        return done()
      }),
    ],
    logger: null,
  })
  t.after(() => app.close())
  return app
}

/** As the next request sees it. */
const again = async (app: App, user: User): Promise<User> => (await app.users.get(user.id)) as User

/** The account or the group is gone; or, on MySQL, two waited for each other and one gave way. */
const isRefused = (error: unknown): boolean =>
  error instanceof ReferenceViolation || (error instanceof DatabaseUnavailable && error.reason === 'locked')

withDatabases('permissions', databaseIt => {
  databaseIt('are made by migrate, once', async ({ t, url }) => {
    const app = open(t, url)
    const other = open(t, url)
    const [first, second] = await Promise.all([app.migrate(), other.migrate()])
    const made = [...first, ...second].filter(name => name.startsWith('shop.'))
    assert.deepEqual(made.toSorted(), permissions.map(({ app: label, codename }) => `${label}.${codename}`).toSorted())
    assert.deepEqual(await app.pendingMigrations(), [])
    assert.equal((await app.users.permissions.all()).has('auth.add_user'), true, 'Django’s own are there, too')
  })

  databaseIt('are an account’s own and those of its groups', async ({ t, url }) => {
    const app = open(t, url)
    await app.migrate()
    const { users } = app
    const ada = await users.createUser({ username: 'ada' })
    assert.equal(await ada.hasPerm('shop.add_product'), false)
    await users.permissions.grant(ada, 'shop.add_product')
    await users.permissions.grant(ada, 'shop.add_product')
    const editors = await users.permissions.createGroup('editors')
    assert.deepEqual(await users.permissions.createGroup('editors'), editors)
    await users.permissions.grantToGroup(editors, 'shop.change_product')
    await users.permissions.addToGroup(ada, editors)
    await users.permissions.addToGroup(ada, editors)
    assert.equal(await ada.hasPerm('shop.add_product'), false, 'what was read stays for the request')
    const later = await again(app, ada)
    assert.deepEqual([...(await later.getAllPermissions())].toSorted(), ['shop.add_product', 'shop.change_product'])
    assert.equal(await later.hasPerms(['shop.add_product', 'shop.change_product']), true)
    assert.equal(await later.hasPerms(['shop.add_product', 'shop.delete_product']), false)
    assert.equal(await later.hasModulePerms('shop'), true)
    assert.equal(await later.hasModulePerms('sho'), false)
    assert.deepEqual(await users.permissions.groupsOf(ada), [editors])

    assert.equal(await users.permissions.revoke(ada, 'shop.add_product'), true)
    assert.equal(await users.permissions.revoke(ada, 'shop.add_product'), false)
    assert.equal(await users.permissions.revokeFromGroup(editors, 'shop.change_product'), true)
    assert.deepEqual([...(await (await again(app, ada)).getAllPermissions())], [])
    await users.permissions.grantToGroup(editors, 'shop.change_product')
    assert.equal(await users.permissions.deleteGroup(editors), true)
    assert.equal(await users.permissions.deleteGroup(editors), false)
    assert.equal(await (await again(app, ada)).hasPerm('shop.change_product'), false)
    assert.deepEqual(await users.permissions.groups(), [])
  })

  databaseIt('take no number of the database’s count where nothing is new', async ({ t, url }) => {
    const app = open(t, url)
    await app.migrate()
    for (let run = 0; run < 5; run += 1) assert.deepEqual(await app.migrate(), [])
    const find = app.db
      .selectFrom('auth_permission')
      .select(({ fn }) => [fn.countAll().as('count'), fn.max('id').as('last')])
    const { count, last } = await find.executeTakeFirstOrThrow()
    const more = modelPermissions('shop.order').slice(0, 1)
    await app.users.permissions.define(more)
    assert.equal(Number(last), Number(count))
    assert.equal(Number((await find.executeTakeFirstOrThrow()).last), Number(count) + 1)
  })

  databaseIt('have names with a dot in them, of which none stands for another', async ({ t, url }) => {
    const app = open(t, url)
    await app.migrate()
    const { users } = app
    const ada = await users.createUser({ username: 'ada' })
    await users.permissions.define([{ app: 'shop', model: 'product', codename: 'sell', name: 'Can sell' }])
    await assert.rejects(users.permissions.grant(ada, 'shop.sell.all'), RangeError)
    await assert.rejects(users.permissions.grant(ada, 'shop.SELL'), RangeError)
    await users.permissions.define([{ app: 'shop', model: 'product', codename: 'sell.all', name: 'Can sell all' }])
    await users.permissions.grant(ada, 'shop.sell.all')
    assert.deepEqual([...(await (await again(app, ada)).getAllPermissions())], ['shop.sell.all'])
  })

  databaseIt('are taken away whichever model of the app they are of', async ({ t, url }) => {
    const app = open(t, url)
    await app.migrate()
    const { users } = app
    const ada = await users.createUser({ username: 'ada' })
    const types = await app.db.selectFrom('django_content_type').select('id').where('app_label', '=', 'auth').execute()
    for (const { id } of types.slice(0, 2))
      await app.db
        .insertInto('auth_permission')
        .values({ content_type_id: id, codename: 'audit', name: 'Can audit' })
        .execute()
    const made = await app.db.selectFrom('auth_permission').select('id').where('codename', '=', 'audit').execute()
    assert.equal(made.length, 2)
    for (const { id } of made)
      await app.db.insertInto('auth_user_user_permissions').values({ user_id: ada.id, permission_id: id }).execute()
    assert.equal(await users.permissions.revoke(ada, 'auth.audit'), true)
    assert.equal(await (await again(app, ada)).hasPerm('auth.audit'), false)
  })

  databaseIt(
    'go with an account or a group that is deleted, though somebody joins at that moment',
    async ({ t, url }) => {
      const app = open(t, url)
      await app.migrate()
      const { permissions } = app.users
      for (let round = 0; round < 5; round += 1) {
        const [ada, bob] = await Promise.all(['ada', 'bob'].map(username => app.users.createUser({ username })))
        const groups = await Promise.all(['a', 'b', 'c', 'd'].map(name => permissions.createGroup(name)))
        assert(ada !== undefined && bob !== undefined && groups[0] !== undefined)
        const joining = [ada, bob].flatMap(user => groups.map(group => permissions.addToGroup(user, group)))
        const granting = groups.map(group => permissions.grantToGroup(group, 'shop.add_product'))
        const [account, group, ...others] = await Promise.allSettled([
          app.users.delete(ada.id),
          permissions.deleteGroup(groups[0]),
          ...joining,
          ...granting,
        ])
        assert.deepEqual([account, group], Array(2).fill({ status: 'fulfilled', value: true }))
        for (const other of others)
          if (other.status === 'rejected') assert(isRefused(other.reason), String(other.reason))
        const left = await app.db.selectFrom('auth_user_groups').select(['user_id', 'group_id']).execute()
        assert(left.every(row => row.user_id === bob.id && row.group_id !== groups[0]?.id))
        for (const rest of groups.slice(1)) await permissions.deleteGroup(rest)
        await app.users.delete(bob.id)
      }
    },
  )

  databaseIt('go with the account', async ({ t, url }) => {
    const app = open(t, url)
    await app.migrate()
    const ada = await app.users.createUser({ username: 'ada' })
    const group = await app.users.permissions.createGroup('all')
    await app.users.permissions.addToGroup(ada, group)
    await app.users.permissions.grant(ada, 'shop.add_product')
    assert.equal(await app.users.delete(ada.id), true)
  })
})

describe('who may', () => {
  it('is every superuser, and no inactive account', async t => {
    const app = open(t)
    await app.migrate()
    const root = await app.users.createSuperuser({ username: 'root' })
    assert.equal(await root.hasPerm('shop.change_product'), true)
    assert.equal(await root.hasPerm('shop.nothing' as never), true)
    assert.equal((await root.getAllPermissions()).has('shop.refund_product'), true)
    const gone = (await app.users.update(root.id, { isActive: false })) as User
    assert.equal(await gone.hasPerm('shop.change_product'), false)
    assert.equal(await gone.hasModulePerms('shop'), false)
    assert.equal((await gone.getAllPermissions()).size, 0)
  })

  it('is asked before a guarded view: nobody logs in first, others are refused', async t => {
    const app = open(t)
    await app.migrate()
    const client = new Client(app)
    const browser = { headers: { Accept: 'text/html' } }
    for (const address of ['/staff/', '/change/', '/both/']) {
      const page = await client.get(address, browser)
      assert.equal(page.status, 302)
      assert.match(page.headers.get('location') ?? '', /login\/\?next=/)
      assert.equal((await client.get(address)).status, 401)
    }
    const ada = await app.users.createUser({ username: 'ada' })
    await client.forceLogin(ada)
    for (const address of ['/staff/', '/change/', '/both/', '/api/']) {
      assert.equal((await client.get(address, browser)).status, 403)
      assert.equal((await client.get(address)).status, 403)
    }
    await app.users.permissions.grant(ada, 'shop.change_product')
    assert.equal((await client.get('/change/')).status, 200)
    assert.equal((await client.get('/both/')).status, 403)
    await app.users.permissions.grant(ada, 'shop.add_product')
    assert.equal((await client.get('/both/')).status, 200)
    await app.users.update(ada.id, { isStaff: true })
    assert.equal((await client.get('/staff/')).status, 200)
  })

  it('is asked again where the database was away', async t => {
    const app = open(t)
    await app.migrate()
    const ada = await app.users.createUser({ username: 'ada' })
    await app.users.permissions.grant(ada, 'shop.add_product')
    const later = await again(app, ada)
    const away = t.mock.method(app.users.permissions, 'ofUser', async () => {
      throw new Error('away')
    })
    await assert.rejects(later.hasPerm('shop.add_product'), /away/)
    away.mock.restore()
    assert.equal(await later.hasPerm('shop.add_product'), true)
  })

  it('names only what exists', async t => {
    const app = open(t)
    await app.migrate()
    const ada = await app.users.createUser({ username: 'ada' })
    await assert.rejects(app.users.permissions.grant(ada, 'shop.fly_product'), RangeError)
    for (const model of ['Shop.product', 'shop', 'shop.product.x', 'shop.']) {
      assert.throws(() => modelPermissions(model as never), /names no model/)
    }
    // @ts-expect-error: a permission has an app
    await app.users.permissions.grant(ada, 'change_product').catch(() => {})
  })
})
