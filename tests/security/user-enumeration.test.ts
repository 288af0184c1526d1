/** CWE-203: whether there is an account must not show, neither by the answer nor by the work that it takes. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const session = '/api/backend/session/'
const iterations = 1000

const hashing = (count: number) => ({ NAME: 'pbkdf2_sha256' as const, OPTIONS: { iterations: count } })

/** The store with accounts of every kind, and one name that nobody has. */
async function open(t: TestContext): Promise<App> {
  const app = await openStore(t, {
    PASSWORD_HASHERS: [hashing(iterations), { NAME: 'md5' }] as never,
    EMAIL_BACKEND: 'locmem',
  })
  await app.users.createUser({ username: 'ada', email: 'ada@example.com', password })
  const idle = await app.users.createUser({ username: 'idle', email: 'idle@example.com', password })
  await app.users.update(idle.id, { isActive: false })
  await app.users.createUser({ username: 'nopass', email: 'nopass@example.com' })
  const old = await openHash(t, hashing(iterations / 4))
  await app.users.createUser({ username: 'old' })
  await app.users.createUser({ username: 'md5' })
  await app.users.createUser({ username: 'broken' })
  const set = (name: string, hash: string) =>
    app.db.updateTable('auth_user').set({ password: hash }).where('username', '=', name).execute()
  await set('old', old)
  await set('md5', 'md5$salt$0123456789abcdef0123456789abcdef')
  await set('broken', 'pbkdf2_sha256$not-a-number$salt$hash')
  return app
}

/** A hash as a site with other costs left it. */
async function openHash(t: TestContext, hasher: ReturnType<typeof hashing>): Promise<string> {
  const app = await openStore(t, { PASSWORD_HASHERS: [hasher] as never })
  await app.users.createUser({ username: 'old', password })
  const row = await app.db.selectFrom('auth_user').select('password').executeTakeFirstOrThrow()
  return row.password
}

const names = ['ada', 'idle', 'nopass', 'old', 'md5', 'broken', 'nobody', 'ADA', 'ada\u0000', 'x'.repeat(1000), '']

/** The iterations asked for meanwhile. */
async function workOf(t: TestContext, run: () => Promise<unknown>): Promise<number> {
  let work = 0
  const original = Worker.prototype.postMessage
  const spy = t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, message: unknown, ...rest: []) {
    work += Number(/"iterations":(\d+)/.exec(JSON.stringify(message))?.[1] ?? 0)
    return original.call(this, message, ...rest)
  })
  try {
    await run()
  } finally {
    spy.mock.restore()
  }
  return work
}

async function seen(response: Response): Promise<object> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie' && name !== 'date'))
  const cookies = response.headers.getSetCookie().map(text => text.split('=', 1)[0])
  return { status: response.status, headers, cookies, body: await response.text() }
}

describe('a wrong login', () => {
  it('is answered alike for every name, letter by letter', async t => {
    const app = await open(t)
    const answers = new Map<string, object>()
    for (const username of names.slice(0, -1)) {
      const client = new Client(app)
      answers.set(username, await seen(await client.post(session, { json: { username, password: 'wrong-wrong' } })))
    }
    const [first] = answers.values()
    for (const [name, answer] of answers) assert.deepEqual(answer, first, name)
    assert.equal((first as { status: number }).status, 401)
  })

  it('asks for the same work whether or not there is such an account, however its hash was made', async t => {
    const app = await open(t)
    for (const username of names.slice(0, -1)) {
      const json = { username, password: 'wrong-wrong' }
      assert.equal(await workOf(t, () => new Client(app).post(session, { json })), iterations, JSON.stringify(username))
    }
  })

  it('with the right password of an account that is not active is a wrong login', async t => {
    const app = await open(t)
    const [right, wrong] = [password, 'wrong-wrong'].map(text => ({ username: 'idle', password: text }))
    const answers = []
    for (const json of [right, wrong]) {
      let answer: object = {}
      const work = await workOf(t, async () => {
        answer = await seen(await new Client(app).post(session, { json }))
      })
      answers.push([answer, work])
    }
    assert.deepEqual(answers[0], answers[1])
  })
})

describe('a forgotten password', () => {
  it('is answered alike for every address, and looks up and hashes nothing before the answer', async t => {
    const app = await open(t)
    const lookUp = t.mock.method(app.users, 'findByEmail')
    const answers = []
    const addresses = [
      'ada@example.com',
      'idle@example.com',
      'nopass@example.com',
      'nobody@example.com',
      'ADA@EXAMPLE.COM',
    ]
    for (const email of addresses) {
      const before = lookUp.mock.callCount()
      let answer: object = {}
      const work = await workOf(t, async () => {
        answer = await seen(await new Client(app).post('/user/password/forgot/', { form: { email } }))
      })
      answers.push(answer)
      assert.deepEqual([work, lookUp.mock.callCount()], [0, before], email)
      await app.mail.idle()
      assert.equal(lookUp.mock.callCount(), before + 1, email)
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal((answers[0] as { status: number }).status, 302)
  })

  it('is refused after as many demands, whether or not there is such an account', async t => {
    const app = await open(t)
    const counts = []
    for (const [at, email] of ['ada@example.com', 'nobody@example.com'].entries()) {
      const statuses: number[] = []
      for (let count = 0; count < 7; count += 1)
        statuses.push(
          (
            await new Client(app, { ip: `198.51.100.${at * 10 + count}` }).post('/user/password/forgot/', {
              form: { email },
            })
          ).status,
        )
      counts.push(statuses)
    }
    assert.deepEqual(counts[0], counts[1])
    assert.ok(counts[0]?.includes(429))
  })
})

describe('a registration', () => {
  it('tells that a name is taken, and nothing of whose it is', async t => {
    const app = await open(t)
    const answers = []
    for (const username of ['ada', 'idle', 'nopass']) {
      const response = await new Client(app).post('/api/backend/user/', { json: { username, password } })
      const answer = (await seen(response)) as { status: number; body: string }
      answers.push({ ...answer, body: answer.body.replaceAll(username, 'NAME') })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.doesNotMatch(JSON.stringify(answers), /example\.com|isActive|is_active/)
  })
})
