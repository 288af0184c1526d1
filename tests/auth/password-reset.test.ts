import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { App } from '../../src/app/index.ts'
import { type MailTransport, MailUnavailable } from '../../src/mail/index.ts'
import { Client } from '../../src/testing/index.ts'
import { requireDjango, withDatabases } from '../real-parts.ts'
import { createSite, lastLink, newPassword, openSite, password, siteKey } from './account-site.ts'

const day = 86_400_000

function forgot(app: App, email: string, client = new Client(app)): Promise<Response> {
  return client.post('/forgot/', { form: { email } })
}

/** Asks for a link and gives its path. */
async function linkFor(app: App, email = 'ada@example.com'): Promise<string> {
  assert.equal(await (await forgot(app, email)).text(), 'sent')
  return lastLink(app)
}

function set(app: App, link: string, form: Record<string, string> = {}, client = new Client(app)): Promise<Response> {
  return client.post(link, { form: { password: newPassword, ...form } })
}

async function isGood(app: App, link: string): Promise<boolean> {
  return (await new Client(app).get(link)).status === 302
}

async function opens(app: App, secret: string): Promise<boolean> {
  return (await app.users.verify('ada', secret)) !== null
}

async function who(client: Client): Promise<string> {
  return (await client.get('/who/')).text()
}

withDatabases('a link to set a new password', it => {
  it('comes by mail, sets the password once, and ends the sessions that were', async ({ t, url }) => {
    const app = await openSite(t, { url })
    const user = await app.users.getByUsername('ada')
    assert(user)
    const [laptop, phone] = [new Client(app), new Client(app)]
    for (const client of [laptop, phone]) await client.forceLogin(user)
    const link = await linkFor(app, 'ADA@example.COM')
    const [mail] = app.mail.outbox
    assert.deepEqual(mail?.to, [{ name: '', address: 'ada@example.com' }])
    assert.match(
      mail?.text ?? '',
      /"ada"[\s\S]*^http:\/\/localhost\/reset\/[\w-]+\/[0-9a-z]+-[0-9a-f]{32}\/$[\s\S]*3 days/m,
    )
    assert.equal(await (await set(app, link)).text(), 'set ada')
    assert.deepEqual([await opens(app, password), await opens(app, newPassword)], [false, true])
    assert.deepEqual([await who(laptop), await who(phone)], ['nobody', 'nobody'])
    assert.equal((await app.auth.listSessions(user)).length, 0)
    assert.equal((await set(app, link)).status, 410)
  })

  it('sets one password when two requests use it at once', async ({ t, url }) => {
    const app = await openSite(t, { url })
    const link = await linkFor(app)
    const secrets = Array.from({ length: 8 }, (_, index) => `password-of-${index}`)
    const answers = await Promise.all(secrets.map(secret => set(app, link, { password: secret })))
    const won = secrets.filter((_, index) => answers[index]?.status === 200)
    assert.equal(won.length, 1)
    for (const secret of secrets) assert.equal(await opens(app, secret), secret === won[0])
  })

  it('dies with a login, another password, another address, and when the account is closed', async ({ t, url }) => {
    const app = await openSite(t, { url })
    const changes: readonly (readonly [string, (id: number) => Promise<unknown>])[] = [
      ['password', id => app.users.setPassword(id, 'another-one')],
      ['address', id => app.users.update(id, { email: 'ada@example.org' })],
      ['closed', id => app.users.update(id, { isActive: false })],
    ]
    for (const [what, change] of changes) {
      const user = await app.users.createUser({ username: `b-${what}`, password, email: `${what}@example.com` })
      const link = await linkFor(app, `${what}@example.com`)
      assert.equal(await isGood(app, link), true, what)
      await change(user.id)
      assert.equal(await isGood(app, link), false, what)
      assert.equal((await set(app, link)).status, 410, what)
    }
    const link = await linkFor(app)
    const ada = await app.users.getByUsername('ada')
    assert(ada)
    await new Client(app).forceLogin(ada)
    assert.equal(await isGood(app, link), false)
  })

  it('goes to the stored address of who the database finds, not to what looks like it', async ({ t, url }) => {
    const app = await openSite(t, { url })
    await app.users.createUser({ username: 'mike', password, email: 'mike@example.com' })
    await app.users.createUser({ username: 'zoe', password, email: 'Zoë.K@Exämple.com' })
    for (const lookalike of [
      'mıke@example.com',
      'mikë@example.com',
      'mike@exаmple.com',
      'mike@example.com.',
      'm_ke@example.com',
      '%@%',
    ])
      await forgot(app, lookalike)
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 0)
    await forgot(app, 'Zoë.K@exämple.com')
    await forgot(app, 'ｍike@example.com') // full width: the database does not find it, or folding does
    await app.mail.idle()
    assert.equal(app.mail.outbox[0]?.to[0]?.address, 'Zoë.K@exämple.com')
    for (const { to } of app.mail.outbox) assert.match(to[0]?.address ?? '', /^(?:Zoë\.K@exämple|mike@example)\.com$/)
  })

  it('is Django’s, both ways', async ({ t, url, dialect }) => {
    const zones = [
      ['Europe/Paris', false],
      ['America/Chicago', true],
    ] as const
    for (const [zone, useTz] of dialect === 'sqlite' ? zones : zones.slice(0, 1)) {
      const settings = { TIME_ZONE: zone, USE_TZ: useTz }
      const django = requireDjango(t, { url, secretKey: siteKey, settings })
      if (django === null) return
      const app = createSite(t, url, { settings })
      await app.migrate()
      const name = `ada-${zone.replaceAll('/', '-')}`
      const user = await app.users.createUser({ username: name, password, email: `${name}@example.com` })
      for (const isLoggedIn of [false, true]) {
        if (isLoggedIn) await new Client(app).forceLogin(user)
        const { uid, token } = (await django('reset-token', name)) as { uid: string; token: string }
        assert.equal(await isGood(app, `/reset/${uid}/${token}/`), true, `${dialect} ${zone} ${isLoggedIn}`)
        const [, ownUid = '', ownToken = ''] =
          /^\/reset\/(.+)\/(.+)\/$/.exec(await linkFor(app, `${name}@example.com`)) ?? []
        assert.equal(ownUid, uid)
        assert.deepEqual(await django('check-reset-token', name, ownToken), { ok: true }, `${dialect} ${zone}`)
      }
      const { uid, token } = (await django('reset-token', name)) as { uid: string; token: string }
      assert.equal((await set(app, `/reset/${uid}/${token}/`)).status, 200)
      assert.equal((await django('check-password', name, newPassword)).ok, true)
      assert.deepEqual(await django('check-reset-token', name, token), { ok: false })
    }
  })
})

describe('a demand for a new password', () => {
  it('is answered alike, and before anything is looked up, whether or not there is such an account', async t => {
    const app = await openSite(t)
    await app.users.createUser({ username: 'closed', password, email: 'closed@example.com', isActive: false })
    await app.users.createUser({ username: 'sso', email: 'sso@example.com' })
    let found = 0
    const { findByEmail } = app.users
    app.users.findByEmail = (...parameters) => {
      found += 1
      return findByEmail.apply(app.users, parameters)
    }
    const answers: string[] = []
    for (const email of [
      'ada@example.com',
      'nobody@example.com',
      'closed@example.com',
      'sso@example.com',
      'x',
      'a b@c',
    ]) {
      const before = found
      const response = await forgot(app, email)
      assert.equal(found, before, 'looked up while the visitor waits')
      answers.push(`${response.status} ${await response.text()} ${[...response.headers].join()}`)
      await app.mail.idle()
    }
    assert.equal(new Set(answers).size, 1)
    assert.deepEqual(
      app.mail.outbox.map(({ to }) => to[0]?.address),
      ['ada@example.com'],
    )
  })

  it('is answered alike when the mail server hangs or refuses, and the log knows', async t => {
    const logged: string[] = []
    const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
    let release = (): void => {}
    const transports: MailTransport[] = [
      { send: async () => Promise.reject(new MailUnavailable('unreachable', 'down')) },
      { send: () => new Promise<void>(resolve => (release = resolve)) },
    ]
    for (const mailTransport of transports) {
      const app = await openSite(t, { mailTransport, logger: { info: log, warn: log, error: log } })
      assert.equal(await (await forgot(app, 'ada@example.com')).text(), 'sent')
      assert.equal(await (await forgot(app, 'nobody@example.com')).text(), 'sent')
      if (mailTransport === transports[1]) await new Promise(resolve => setTimeout(resolve, 50))
      release()
      await app.mail.idle()
    }
    assert.equal(logged.filter(line => line.startsWith('a mail was not sent')).length, 1)
  })

  it('links to the host of the request, which ALLOWED_HOSTS knows, by its scheme', async t => {
    const app = await openSite(t, { settings: { SECURE_PROXY_SSL_HEADER: ['HTTP_X_FORWARDED_PROTO', 'https'] } })
    const https = new Client(app, { origin: 'https://shop.example' })
    await forgot(app, 'ada@example.com', https)
    await app.mail.idle()
    assert.match(app.mail.outbox[0]?.text ?? '', /^https:\/\/shop\.example\/reset\//m)
    for (const headers of [
      { Host: 'evil.example' },
      { 'X-Forwarded-Host': 'evil.example' },
      { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example', 'X-Host': 'evil.example' },
      { Host: 'shop.example@evil.example' },
      { Host: 'shop.example:80@evil.example' },
    ]) {
      const response = await new Client(app).post('/forgot/', { form: { email: 'ada@example.com' }, headers })
      assert(response.status === 400 || response.status === 200)
    }
    await app.mail.idle()
    for (const { text, subject } of app.mail.outbox) assert.doesNotMatch(text + subject, /evil/)
  })

  it('five times an hour for an address, however it is spelled and from wherever: 429, whether or not it is anybody’s', async t => {
    let now = Date.parse('2026-01-01T12:00:00Z')
    const app = await openSite(t, { clock: () => now })
    for (const [name, other] of [
      ['ada@example.com', 'ADA@EXAMPLE.COM'],
      ['nobody@example.com', 'Nobody@Example.com'],
    ] as const) {
      const clients = Array.from({ length: 40 }, (_, index) => new Client(app, { ip: `192.0.2.${index}` }))
      const answers = await Promise.all(clients.map((client, index) => forgot(app, index % 2 ? name : other, client)))
      const refused = answers.filter(({ status }) => status === 429)
      assert.equal(refused.length, 35)
      assert.equal(refused[0]?.headers.get('retry-after'), '3600')
      assert.match(await (refused[0] as Response).text(), /auth\/too-many-mails/)
    }
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 5)
    now += 3_600_001
    assert.equal((await forgot(app, 'ada@example.com')).status, 200)
  })

  it('thirty times an hour for a visitor, whatever the addresses', async t => {
    const app = await openSite(t)
    const client = new Client(app, { ip: '2001:db8::1' })
    const neighbour = new Client(app, { ip: '2001:db8::2' })
    const answers = []
    for (let index = 0; index < 32; index += 1)
      answers.push((await forgot(app, `a${index}@example.com`, index % 2 ? client : neighbour)).status)
    assert.deepEqual(answers.filter(status => status === 429).length, 2)
    assert.equal((await forgot(app, 'ada@example.com', new Client(app, { ip: '192.0.2.1' }))).status, 200)
  })

  it('sends ten mails at most, though a hundred accounts claim the address', async t => {
    const app = await openSite(t)
    for (let index = 0; index < 20; index += 1)
      await app.users.createUser({ username: `eve${index}`, password, email: 'ada@example.com' })
    await forgot(app, 'ada@example.com')
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 10)
    assert.match(app.mail.outbox[0]?.text ?? '', /"ada"/)
  })

  it('says in the language of who asks what is wanted for this one mail', async t => {
    const passwordReset = (): { subject: string; text: string } => ({ subject: 'For all', text: '' })
    const app = await openSite(t, { accountMails: { passwordReset, emailVerification: passwordReset } })
    const client = new Client(app)
    await client.login({ username: 'ada', password })
    for (const page of ['/forgot/', '/verify/'])
      for (const subject of ['新密码', '']) {
        await client.post(page, { form: { email: 'ada@example.com', subject } })
        await app.mail.idle()
        assert.equal(app.mail.outbox.at(-1)?.subject, subject === '' ? 'For all' : '新密码, ada', page)
      }
  })

  it('says what the application wants it to say, and no name breaks out of its line', async t => {
    const app = await openSite(t, {
      accountMails: {
        passwordReset: async ({ user, link, host }) => ({
          from: 'Accounts <accounts@example.com>',
          subject: `${user.firstName}, ${host}`,
          text: link,
          html: `<a href="${link}">here</a>`,
        }),
      },
    })
    const user = await app.users.getByUsername('ada')
    await app.users.update(user?.id ?? 0, { firstName: 'Ada' })
    await forgot(app, 'ada@example.com')
    await app.mail.idle()
    const [mail] = app.mail.outbox
    assert.deepEqual([mail?.subject, mail?.from.name], ['Ada, localhost', 'Accounts'])
    assert.match(mail?.html ?? '', /^<a href="http:\/\/localhost\/reset\//)
    await app.users.update(user?.id ?? 0, { firstName: 'Ada\r\nBcc: eve@evil.example' })
    await forgot(app, 'ada@example.com')
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 1)
  })
})

describe('opening a link to set a new password', () => {
  it('puts the token into the session and out of the address, and uses nothing up', async t => {
    const app = await openSite(t)
    const link = await linkFor(app)
    const [, uid = '', token = ''] = /^\/reset\/(.+)\/(.+)\/$/.exec(link) ?? []
    assert.equal(await isGood(app, link), true, 'as a program that looks through mail does')
    const client = new Client(app)
    const response = await client.get(link)
    assert.equal(response.headers.get('location'), `/reset/${uid}/set-password/`)
    assert.equal(response.headers.get('referrer-policy'), 'same-origin')
    const page = await client.get(`/reset/${uid}/set-password/`)
    assert.equal(await page.text(), 'good ada')
    const session = await app.sessions.open(client.cookies.get('sessionid') ?? null)
    assert.equal(session.get('_password_reset_token'), token)
    assert.equal(await (await set(app, `/reset/${uid}/set-password/`, {}, client)).text(), 'set ada')
    const after = await app.sessions.open(client.cookies.get('sessionid') ?? null)
    assert.equal(after.has('_password_reset_token'), false)
    assert.equal((await set(app, `/reset/${uid}/set-password/`, {}, client)).status, 410)
  })

  it('with the session of another visitor, or another account’s uid, leads nowhere', async t => {
    const app = await openSite(t)
    const bob = await app.users.createUser({ username: 'bob', password, email: 'bob@example.com' })
    const link = await linkFor(app)
    const client = new Client(app)
    await client.get(link)
    const bobs = app.auth.passwordReset.makeLink(bob)
    assert.equal(await (await client.get(`/reset/${bobs.uid}/set-password/`)).text(), 'dead -')
    assert.equal((await set(app, `/reset/${bobs.uid}/set-password/`, {}, client)).status, 410)
    assert.equal(await (await new Client(app).get(link.replace(/[^/]+\/$/, 'set-password/'))).text(), 'dead -')
  })

  it('of garbage is a dead link, and makes no session', async t => {
    const app = await openSite(t)
    const [, uid = '', token = ''] = /^\/reset\/(.+)\/(.+)\/$/.exec(await linkFor(app)) ?? []
    for (const [oneUid, oneToken] of [
      ['x', 'y'],
      [uid, `${token}x`],
      [uid, token.toUpperCase()],
      [uid, `${token}%0A`],
      [`${uid}%3D%3D%3D`, token],
      ['OTk5OTk5OTk5OTk5OTk5OTk5OTk', token],
      ['LTE', token],
      ['%00', token],
      ['__proto__', token],
      ['a'.repeat(2000), token],
    ] as const) {
      const client = new Client(app)
      const response = await client.get(`/reset/${oneUid}/${oneToken}/`)
      assert.equal(await response.text(), 'dead -', `${oneUid} ${oneToken}`)
      assert.equal(client.cookies.get('sessionid'), undefined)
    }
  })

  it('is too late after PASSWORD_RESET_TIMEOUT, three days by default', async t => {
    let now = Date.parse('2026-01-01T12:00:00Z')
    const app = await openSite(t, { clock: () => now })
    const link = await linkFor(app)
    now += 3 * day
    assert.equal(await isGood(app, link), true)
    now += 1000
    assert.equal(await isGood(app, link), false)
  })

  it('made with a former SECRET_KEY is good as long as that is a fallback', async t => {
    const app = await openSite(t)
    const ada = await app.users.getByUsername('ada')
    assert(ada)
    const { uid, token } = app.auth.passwordReset.makeLink(ada)
    const now = { SECRET_KEY: 'another key of the tests of links' }
    for (const [SECRET_KEY_FALLBACKS, state] of [
      [[siteKey], 'good'],
      [[], 'dead'],
    ] as const) {
      const other = createSite(t, 'sqlite::memory:', { settings: { ...now, SECRET_KEY_FALLBACKS } })
      const links = other.auth.passwordReset
      other.users.get = id => app.users.get(id)
      assert.equal((await links.check({ uid, token })) === null ? 'dead' : 'good', state)
    }
  })

  it('is logged without the token', async t => {
    const lines: string[] = []
    const log = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
    const app = await openSite(t, { logger: { info: log, warn: log, error: log } })
    const link = await linkFor(app)
    const token = /([^/]+)\/$/.exec(link)?.[1] ?? '-'
    await new Client(app).get(link)
    await set(app, link)
    assert(lines.some(line => line.includes('/<token>/')))
    for (const line of lines) assert(!line.includes(token), line)
  })
})

describe('after a reset', () => {
  it('the visitor is nobody, or logged in where the application wants that', async t => {
    const app = await openSite(t)
    const ada = await app.users.getByUsername('ada')
    assert(ada)
    const [here, other] = [new Client(app), new Client(app)]
    for (const client of [here, other]) await client.forceLogin(ada)
    await set(app, await linkFor(app), {}, here)
    assert.equal(await who(here), 'nobody')
    const key = here.cookies.get('sessionid')
    await set(app, await linkFor(app), { login: 'yes' }, here)
    assert.equal(await who(here), 'ada')
    assert.notEqual(here.cookies.get('sessionid'), key)
    assert.equal(await who(other), 'nobody')
    assert.equal((await app.auth.listSessions(ada)).length, 1)
  })

  it('a visitor who is somebody else stays so, unless logged in by it', async t => {
    const app = await openSite(t)
    const bob = await app.users.createUser({ username: 'bob', password })
    const client = new Client(app)
    await client.forceLogin(bob)
    await set(app, await linkFor(app), {}, client)
    assert.equal(await who(client), 'bob')
    await set(app, await linkFor(app), { login: 'yes' }, client)
    assert.equal(await who(client), 'ada')
  })

  it('works without an index of sessions, and with sessions in cookies', async t => {
    for (const settings of [{ SESSION_INDEX: false }, { SESSION_ENGINE: 'signed_cookies' }]) {
      const app = await openSite(t, { settings })
      const ada = await app.users.getByUsername('ada')
      assert(ada)
      const [here, other] = [new Client(app), new Client(app)]
      await other.forceLogin(ada)
      const link = await linkFor(app)
      assert.equal((await here.get(link)).status, 302)
      await set(app, link.replace(/[^/]+\/$/, 'set-password/'), {}, here)
      assert.equal(await opens(app, newPassword), true)
      assert.equal(await who(other), 'nobody')
    }
  })
})

describe('logging out everywhere', () => {
  it('ends all sessions of the account, this one too, and nobody else’s', async t => {
    const app = await openSite(t)
    const ada = await app.users.getByUsername('ada')
    const bob = await app.users.createUser({ username: 'bob', password })
    assert(ada)
    const [here, phone, bobs] = [new Client(app), new Client(app), new Client(app)]
    for (const client of [here, phone]) await client.forceLogin(ada)
    await bobs.forceLogin(bob)
    assert.equal(await (await here.post('/everywhere/')).text(), 'out')
    assert.deepEqual([await who(here), await who(phone), await who(bobs)], ['nobody', 'nobody', 'bob'])
    assert.equal((await here.post('/everywhere/')).status, 401)
  })

  it('can be done for somebody by the account', async t => {
    const app = await openSite(t)
    const ada = await app.users.getByUsername('ada')
    assert(ada)
    const clients = [new Client(app), new Client(app)]
    for (const client of clients) await client.forceLogin(ada)
    assert.equal(await app.auth.revokeAllSessions(ada), 2)
    for (const client of clients) assert.equal(await who(client), 'nobody')
  })
})
