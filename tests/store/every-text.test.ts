/** Every page, every mistake in a form, the refusals of the API and every mail, in each language. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ClientRequest } from 'nuages/testing'
import { catalogue } from '../../examples/store/catalogue.ts'
import { languages } from '../../examples/store/texts.ts'
import { drawImage } from '../images.ts'
import { temporaryFolder } from '../real-parts.ts'
import { Visit } from './one-language.ts'
import { openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const another = `${password}, again`
const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="5" cy="5" r="4"/></svg>'

/** A multipart form. */
function parts(fields: Readonly<Record<string, string | Blob>>): ClientRequest {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') body.set(name, value)
    else body.set(name, value, 'picture')
  return { body }
}

async function drawn(...more: readonly Uint8Array[]): Promise<Blob> {
  return new Blob([new Uint8Array(await drawImage('png')), ...more.map(bytes => new Uint8Array(bytes))])
}

async function logIn(visit: Visit, username: string, secret = password): Promise<void> {
  await visit.send('/user/login/', 200, { username, password: secret })
}

async function shop(visit: Visit): Promise<void> {
  for (const path of ['/', '/?page=2', '/?q=LED', '/?q=0000', '/cart/']) await visit.get(path)
  for (const { slug } of catalogue) await visit.get(`/product/${slug}/`)
  for (const path of ['/product/nothing/', '/nothing/', '/?page=99']) await visit.get(path, 404)
  const sku = 'LMP-CUM'
  for (const quantity of ['3', '0', '100', 'x']) await visit.send('/cart/add/', 200, { sku, quantity })
  await visit.send('/cart/add/', 200, { sku: 'NO-SUCH', quantity: '1' })
  await visit.send('/cart/update/', 200, { sku: 'MUG-FOG', quantity: '1' })
  for (const quantity of ['1000', '999']) await visit.send('/cart/update/', 200, { sku, quantity })
  await visit.send('/cart/add/', 200, { sku, quantity: '1' })
  await visit.send('/cart/remove/', 200, { sku })
  await visit.send('/cart/clear/', 200)
  await visit.send('/language/', 200, { next: '/cart/' })
  await visit.send('/ad/close/', 200)
  await visit.page('PUT', '/cart/', 405)
  await visit.page('POST', '/cart/add/', 403, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
  await visit.page('POST', '/user/login/', 415, { headers: { 'Content-Type': 'text/plain' }, body: 'x' })
}

async function account(visit: Visit): Promise<void> {
  await visit.get('/user/register/')
  const good = { username: 'ada', password1: password, password2: password }
  for (const username of ['', 'a b', 'grace']) await visit.send('/user/register/', 422, { ...good, username })
  for (const bad of ['', 'short', 'x'.repeat(129), 'password', '20261121', 'adalovelace'])
    await visit.send('/user/register/', 422, { username: 'adalovelace', password1: bad, password2: bad })
  await visit.send('/user/register/', 422, { ...good, password2: '' })
  await visit.send('/user/register/', 200, good)
  await visit.get('/user/')
  await visit.send('/user/password/', 422)
  await visit.send('/user/password/', 422, { old_password: 'x', new_password1: 'password', new_password2: 'password' })
  const change = { old_password: password, new_password1: another, new_password2: another }
  await visit.send('/user/password/', 200, change)
  const pictures = [{}, { headimg: new Blob(['<p>hello']) }, { headimg: (await drawn()).slice(0, 60) }]
  for (const fields of pictures) await visit.page('POST', '/user/avatar/', 422, parts(fields))
  await visit.page('POST', '/user/avatar/', 413, parts({ headimg: await drawn(new Uint8Array(5_300_000)) }))
  await visit.page('POST', '/user/avatar/', 200, parts({ headimg: await drawn() }))
}

async function devices(visit: Visit): Promise<void> {
  await visit.get('/user/devices/')
  await visit.send('/user/devices/revoke-others/', 200)
  const elsewhere = new Visit(visit.app, visit.language)
  await logIn(elsewhere, 'ada', another)
  const page = await visit.get('/user/devices/')
  const action = /action="(\/user\/devices\/[0-9a-f]+\/revoke\/)"/.exec(page)?.[1] ?? ''
  for (const path of [action, action]) await visit.send(path, 200)
  await logIn(elsewhere, 'ada', another)
  await visit.get('/user/devices/')
  await visit.send('/user/devices/revoke-others/', 200)
}

async function mail(visit: Visit): Promise<void> {
  await visit.get('/user/email/')
  const email = 'ada@example.com'
  for (const fields of [{}, { email: 'ada', password: another }, { email, password: 'wrong' }])
    await visit.send('/user/email/', 422, fields)
  await visit.send('/user/email/', 200, { email, password: another })
  const confirm = await visit.openMail()
  await visit.get(confirm)
  await visit.send(confirm, 200)
  await visit.get('/user/email/')
  await visit.get(confirm, 404)
  await visit.send('/user/email/', 200, { email: 'ada@mail.example.com', password: another })
  for (let mails = 0; mails < 5; mails += 1) await visit.send('/user/email/verify/', 200)
  await visit.send('/user/devices/log-out-everywhere/', 200)
}

async function forgotten(visit: Visit): Promise<void> {
  await visit.get('/user/login/')
  for (const path of ['/user/password/forgot/', '/user/password/sent/']) await visit.get(path)
  for (const fields of [{}, { email: 'ada' }]) await visit.send('/user/password/forgot/', 422, fields)
  const fields = { email: 'ada@mail.example.com' }
  await visit.send('/user/password/forgot/', 200, fields)
  const link = await visit.openMail()
  await visit.get(link)
  const reset = link.replace(/[^/]+\/$/, 'set-password/')
  await visit.send(reset, 422, { new_password1: 'password', new_password2: 'password' })
  await visit.send(reset, 422, { new_password1: 'x', new_password2: '' })
  await visit.send(reset, 200, { new_password1: password, new_password2: password })
  await visit.get(link, 404)
  for (let mails = 1; mails < 5; mails += 1) await visit.send('/user/password/forgot/', 200, fields)
  await visit.send('/user/password/forgot/', 429, fields)
  await visit.send('/user/login/', 422)
  for (let logins = 0; logins < 10; logins += 1)
    await visit.send('/user/login/', 422, { username: 'nobody', password: 'x' })
  await visit.send('/user/login/', 429, { username: 'nobody', password: 'x' })
}

async function staff(visit: Visit): Promise<void> {
  await visit.get('/staff/products/')
  await visit.send('/user/register/', 200, { username: 'hopper', password1: password, password2: password })
  await visit.get('/staff/products/', 403)
  await visit.send('/user/logout/', 200)
  await logIn(visit, 'grace')
  for (const path of ['/staff/products/', '/staff/add-product/']) await visit.get(path)
  const add = (status: number, fields: Readonly<Record<string, string | Blob>>): Promise<string> =>
    visit.page('POST', '/staff/add-product/', status, parts({ description: '', version: '', ...fields }))
  const good = { sku: 'NEW', slug: 'new-name', name: 'NEW', price: '1', stock: '0', picture: new Blob([svg]) }
  await add(422, {})
  await add(422, { ...good, sku: 'x', slug: 'X', name: 'x'.repeat(201), price: 'a lot', stock: '1.5' })
  await add(422, { ...good, price: '999999999', stock: '9999999', description: '\0' })
  await add(422, { ...good, name: 'x'.repeat(201), stock: '1000001', description: 'x'.repeat(5001) })
  for (const picture of [new Blob(['<p>']), new Blob([svg.replace('<circle', '<script/><circle')])])
    await add(422, { ...good, picture })
  for (const taken of [{ sku: 'LMP-CUM' }, { slug: 'cumulus-lamp' }]) await add(422, { ...good, ...taken })
  await add(200, good)
  const path = '/staff/product/new-name/'
  const version = /name="version" value="([^"]*)"/.exec(await visit.get(path))?.[1] ?? ''
  const { sku: _, picture: __, ...fields } = { ...good, description: '', version }
  await visit.page('POST', path, 200, parts({ ...fields, stock: '2' }))
  await visit.page('POST', path, 409, parts(fields))
  await visit.send(`${path}delete/`, 409, { version })
  const now = /name="version" value="([^"]*)"/.exec(await visit.get(path))?.[1] ?? ''
  await visit.send(`${path}delete/`, 200, { version: now })
  await visit.get(path, 404)
}

async function api(visit: Visit): Promise<void> {
  const session = '/api/backend/session/'
  for (const body of [[], {}, { username: 7, password: [] }, { username: 'ada', password: 'x'.repeat(1001) }])
    await visit.program('POST', session, 422, { json: body })
  await visit.program('POST', session, 401, { json: { username: 'somebody', password } })
  await visit.program('POST', session, 400, { headers: { 'Content-Type': 'application/json' }, body: '{' })
  await visit.program('POST', session, 415, { headers: { 'Content-Type': 'text/plain' }, body: 'x' })
  await visit.program('PUT', session, 405)
  await visit.program('POST', '/api/shop/cart', 404)
  await visit.program('POST', session, 403, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
  for (const quantity of [0, 100, 'x'])
    await visit.program('POST', '/api/shop/cart/', 422, { json: { sku: 1, quantity } })
  await visit.program('PATCH', '/api/shop/cart/MUG-FOG/', 404, { json: {} })
  await visit.program('GET', `/api/shop/picture/${'0'.repeat(32)}/`, 404)
  const list = '/api/shop/product/?'
  for (const query of [
    'ordering=colour',
    'page=0',
    'page_size=0',
    'stock__gte=x',
    'price__is=1',
    `search=${'x'.repeat(101)}`,
  ])
    await visit.program('GET', list + query, 422)
  await visit.program('GET', '/api/backend/user/', 200)
  await visit.program('GET', '/api/backend/user/999/', 404)
  const user = { username: 'ada', email: 7, first_name: '\0', last_name: 'x'.repeat(151) }
  await visit.program('PUT', '/api/backend/user/1/', 422, { json: user })
  await visit.program('PATCH', '/api/backend/user/1/', 422, { json: { email: 'x', password, current_password: 'x' } })
  await visit.program('PATCH', '/api/backend/user/1/', 422, { json: { password: another, current_password: 'x' } })
  await visit.program('POST', '/api/backend/user/', 409, { json: { username: 'grace', password: another } })
  await visit.program('DELETE', '/api/backend/device/none/', 404)
  const lamp = '/api/shop/product/cumulus-lamp/'
  await visit.program('PATCH', lamp, 412, { json: {}, headers: { 'If-Match': '"old"' } })
  await visit.program('PATCH', lamp, 422, { json: { sku: 'OTHER' } })
  await visit.program('PATCH', lamp, 422, { json: { price: -1, currency: 'USD', stock: 'x', picture: '0'.repeat(32) } })
  await visit.program('PATCH', lamp, 422, { json: { picture: '0'.repeat(32) } })
  await visit.program('PATCH', lamp, 409, { json: { slug: 'morning-fog-mug' } })
  await visit.program('DELETE', '/api/shop/product/nothing/', 404)
  await visit.send('/user/logout/', 200)
  await visit.program('GET', session, 401)
}

async function open(t: TestContext, language: Visit['language']): Promise<Visit> {
  const app = await openStore(t, {
    EMAIL_BACKEND: 'locmem',
    MEDIA_ROOT: temporaryFolder(t),
  })
  await app.users.createUser({ username: 'grace', password, isStaff: true })
  return new Visit(app, language)
}

describe('every text', () => {
  for (const language of languages)
    it(`is in the language of its reader: ${language}`, async t => {
      const visit = await open(t, language)
      for (const part of [shop, account, devices, mail, forgotten, staff, api]) await part(visit)
      assert.deepEqual([...visit.missed], [])
      const pages = [...visit.app.resolver.routes()].map(({ route }) => route)
      const isPage = (route: string): boolean => !/^(?:api|static|media)\/|^(?:healthz|readyz)$/.test(route)
      assert.deepEqual(
        pages.filter(route => isPage(route) && !visit.routes.has(route)),
        [],
      )
      assert.ok(visit.read.size > 300, 'something was read')
    })
})
