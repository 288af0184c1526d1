/**
 * An app under traffic while the server of its data goes away, the same for every such server.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type App, createApp, type HttpRequest, path, readyz, responseSuccess, type Settings } from '../../src/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'

/** A server that a test may ill-treat. */
export interface Server {
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** As a crash. */
  stop(): Promise<void>
  /** It stands still; its sockets stay open. */
  freeze(): void
  thaw(): void
}

/** Counts one up; both halves of a pair, and the count, are stored by one save. */
async function add(request: HttpRequest) {
  const session = await request.session
  const half = Math.random()
  session.set('left' as string, half)
  session.set('right' as string, half)
  return responseSuccess(await session.update('count' as string, (count = 0) => (count as number) + 1))
}

async function show(request: HttpRequest) {
  return responseSuccess(Object.fromEntries(await request.session))
}

/** An app whose views write and read sessions, migrated; closed after the test. */
export async function openApp(t: TestContext, settings: Partial<Settings>): Promise<App> {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of outages',
      ALLOWED_HOSTS: ['localhost'],
      DATABASE_URL: 'sqlite::memory:',
      ...settings,
    }),
    urls: [path('add/', add), path('show/', show), path('readyz', readyz)],
    logger: null,
  })
  t.after(() => app.close())
  await app.migrate()
  return app
}

/** One visitor who goes on whatever happens, and remembers what was acknowledged. */
export class Visitor {
  readonly #client: Client
  /** The count of the last answer that was a success. */
  acknowledged = 0
  /** How often it asked for one more. */
  attempts = 0

  constructor(app: App) {
    this.#client = new Client(app)
  }

  /** Asks for one more. True: it was acknowledged; false: 503 with Retry-After. Nothing else may happen. */
  async add(): Promise<boolean> {
    this.attempts += 1
    const response = await this.#client.post('/add/')
    if (response.status !== 200) {
      await assertUnavailable(response)
      return false
    }
    const { data } = (await response.json()) as { data: number }
    assert(data > this.acknowledged, 'a request went back behind what was acknowledged')
    this.acknowledged = data
    return true
  }

  /** What is stored is whole, and no less than what was acknowledged; a write that got 503 may have come through. */
  async assertNothingLost(): Promise<void> {
    const response = await this.#client.get('/show/')
    assert.equal(response.status, 200)
    const { data } = (await response.json()) as { data: { left: number; right: number; count: number } }
    assert.equal(data.left, data.right)
    assert(data.count >= this.acknowledged, `${data.count} stored, ${this.acknowledged} acknowledged`)
    assert(data.count <= this.attempts, `${data.count} stored, ${this.attempts} asked for`)
  }
}

/** 503, when to come back, and not a word about the machine. */
export async function assertUnavailable(response: Response): Promise<void> {
  const text = await response.text()
  assert.equal(response.status, 503, text)
  assert(Number(response.headers.get('retry-after')) > 0)
  assert.deepEqual(response.headers.getSetCookie(), [])
  assert.doesNotMatch(text, /127\.0\.0\.1|ECONN|:\d{4}|\bsql/i)
}

const visitorCount = 12

async function newVisitors(app: App): Promise<readonly Visitor[]> {
  const visitors = Array.from({ length: visitorCount }, () => new Visitor(app))
  const answers = await Promise.all(visitors.map(visitor => visitor.add()))
  assert(answers.every(Boolean))
  return visitors
}

async function assertAllIsWell(app: App, visitors: readonly Visitor[]): Promise<void> {
  for (const visitor of visitors) assert(await visitor.add(), 'a request failed although the server is back')
  assert.equal((await new Client(app).get('/readyz')).status, 200)
  for (const visitor of visitors) await visitor.assertNothingLost()
}

/** Crashes the server under traffic, sees the app refuse, starts it again, and sees all go on. */
export async function surviveCrash(t: TestContext, app: App, server: Pick<Server, 'start' | 'stop'>): Promise<void> {
  const visitors = await newVisitors(app)
  const untilRefused = async (visitor: Visitor): Promise<void> => {
    for (let refusals = 0; refusals < 3; ) if (!(await visitor.add())) refusals += 1
  }
  const traffic = Promise.all(visitors.map(untilRefused))
  while (visitors.some(visitor => visitor.acknowledged < 5)) await new Promise(setImmediate)
  const stopped = performance.now()
  await server.stop()
  await traffic
  await assertUnavailable(await new Client(app).get('/readyz'))
  t.diagnostic(`three refusals each and /readyz: ${Math.round(performance.now() - stopped)} ms after the crash`)
  await server.start()
  await assertAllIsWell(app, visitors)
}

/** Freezes the server under traffic: nothing refuses, nothing answers. */
export async function surviveFreeze(t: TestContext, app: App, server: Server): Promise<void> {
  const visitors = await newVisitors(app)
  server.freeze()
  const frozen = performance.now()
  const answers = await Promise.all(visitors.map(visitor => visitor.add()))
  assert(!answers.some(Boolean), 'a frozen server acknowledged something')
  t.diagnostic(`every request was refused ${Math.round(performance.now() - frozen)} ms after the server froze`)
  await assertUnavailable(await new Client(app).get('/readyz'))
  server.thaw()
  await assertAllIsWell(app, visitors)
}
