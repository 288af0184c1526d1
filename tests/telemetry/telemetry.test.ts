import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import * as openTelemetry from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { createApp } from '../../src/app/index.ts'
import { authenticate, login, logout } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse, NotFound } from '../../src/http/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { createTelemetry } from '../../src/telemetry/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'

const spans = new InMemorySpanExporter()
const metrics = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })

const password = 'correct horse battery'
const secretQuery = 'a-query-value-that-is-secret'

/** What a view waits for that looks into the session and lets another request be first. */
let gate: { readonly opened: () => void; readonly wait: Promise<void> } | null = null

async function open(t: TestContext): Promise<Client> {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'k'.repeat(50),
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      SESSION_INDEX: true,
    }),
    urls: [
      path('', () => new HttpResponse('home')),
      path('login/<str:token>/', async (request: HttpRequest) => {
        const user = await authenticate(request, { username: 'ada', password })
        if (user !== null) await login(request, user)
        return new HttpResponse(request.GET.get('q') ?? '')
      }),
      path('missing/', () => {
        throw new NotFound()
      }),
      path('bug/', () => {
        throw new RangeError(`about ${secretQuery}`)
      }),
      path('query/', async (request: HttpRequest) => {
        await request.app.db.selectFrom('auth_user').selectAll().where('username', '=', secretQuery).execute()
        return new HttpResponse('done')
      }),
      path('form/', async (request: HttpRequest) => new HttpResponse(await request.csrf.token())),
      path('note/', async (request: HttpRequest) => {
        const session = await request.session
        const notes = (session.get('notes') ?? []) as readonly unknown[]
        session.set('notes', [...notes, await request.json()])
        return new HttpResponse('noted')
      }),
      path('slow/', async (request: HttpRequest) => {
        const session = await request.session
        gate?.opened()
        await gate?.wait
        session.set('slow', true)
        return new HttpResponse('written')
      }),
      path('logout/', async (request: HttpRequest) => {
        await logout(request)
        return new HttpResponse('gone')
      }),
    ],
    telemetry: createTelemetry(openTelemetry),
    logger: null,
  })
  t.after(() => app.close())
  await app.migrate()
  await app.users.createUser({ username: 'ada', password })
  spans.reset()
  await reader.forceFlush()
  metrics.reset()
  return new Client(app)
}

/** The finished spans of this name, as their attributes, in the order in which they ended. */
function attributesOf(name: string): ReadableSpan['attributes'][] {
  return spans.getFinishedSpans().flatMap(span => (span.name === name ? [span.attributes] : []))
}

/** What was measured since the site was opened. */
async function pointsOf(name: string): Promise<DataPoint<number | Histogram>[]> {
  await reader.forceFlush()
  return metrics
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(metric => metric.dataPoints as DataPoint<number | Histogram>[])
}

describe('telemetry', () => {
  before(() => {
    openTelemetry.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    openTelemetry.trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    )
    openTelemetry.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  })
  after(() => {
    openTelemetry.context.disable()
    openTelemetry.trace.disable()
    openTelemetry.metrics.disable()
  })

  it('has a span for a request, and under it those of the session and the database', async t => {
    const client = await open(t)
    await client.post(`/login/a-token-of-a-path/?q=${secretQuery}`)
    const finished = spans.getFinishedSpans()
    const request = finished.find(({ name }) => name === 'POST /login/<str:token>/')
    assert.equal(request?.attributes['http.route'], '/login/<str:token>/')
    assert.equal(request?.attributes['http.response.status_code'], 200)
    const created = finished.find(({ name }) => name === 'session.create')
    assert.equal(created?.spanContext().traceId, request?.spanContext().traceId)
    const inserts = finished.filter(span => span.parentSpanContext?.spanId === created?.spanContext().spanId)
    assert.deepEqual(
      inserts.map(({ name }) => name),
      ['INSERT'],
    )
    assert(String(inserts[0]?.attributes['db.query.text']).includes('django_session'))
  })

  it('marks failures, and refusals by their code', async t => {
    const client = await open(t)
    await client.get('/missing/')
    await client.get('/bug/')
    const [missing, bug] = spans.getFinishedSpans()
    assert.equal(missing?.attributes['http.response.status_code'], 404)
    assert.equal(missing?.status.code, 0)
    assert.equal(bug?.attributes['http.response.status_code'], 500)
    assert.equal(bug?.status.code, 2)
  })

  it('goes on with the trace of a caller', async t => {
    const client = await open(t)
    openTelemetry.propagation.setGlobalPropagator({
      inject() {},
      fields: () => ['traceparent'],
      extract: (context, carrier, getter) => {
        const [, traceId = '', spanId = ''] = String(getter.get(carrier, 'traceparent')).split('-')
        return openTelemetry.trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true })
      },
    })
    t.after(() => openTelemetry.propagation.disable())
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await client.get('/query/', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
    assert.deepEqual(new Set(spans.getFinishedSpans().map(span => span.spanContext().traceId)), new Set([traceId]))
  })

  it('names a request alike in span and metric, without a route where no path fits', async t => {
    const client = await open(t)
    for (const url of ['/', '/missing/', '/nowhere/']) await client.get(url)
    const told = spans.getFinishedSpans().map(({ attributes }) => attributes)
    const counted = (await pointsOf('http.server.request.duration')).map(({ attributes }) => attributes)
    const rest = { 'http.request.method': 'GET', 'url.scheme': 'http' }
    assert.deepEqual(told, [
      { ...rest, 'http.route': '/', 'http.response.status_code': 200 },
      { ...rest, 'http.route': '/missing/', 'http.response.status_code': 404 },
      { ...rest, 'http.response.status_code': 404 },
    ])
    assert.deepEqual(counted, told)
    assert.deepEqual(
      spans.getFinishedSpans().map(({ name }) => name),
      ['GET /', 'GET /missing/', 'GET'],
    )
  })

  it('tells and counts that two clients wrote one session at once', async t => {
    const client = await open(t)
    await client.post('/note/', { json: 'first' })
    const { promise: opened, resolve: tellOpened } = Promise.withResolvers<void>()
    const { promise: wait, resolve: goOn } = Promise.withResolvers<void>()
    gate = { opened: tellOpened, wait }
    t.after(() => {
      gate = null
    })
    const other = new Client(client.app)
    other.cookies.set('sessionid', client.cookies.get('sessionid') ?? '')
    spans.reset()
    const slow = client.post('/slow/')
    await opened
    assert.equal((await other.post('/note/', { json: 'second' })).status, 200)
    goOn()
    assert.equal((await slow).status, 200)
    const found = { 'nuages.session.found': true }
    const [saved, met] = [{ 'nuages.session.conflict': false }, { 'nuages.session.conflict': true }]
    assert.deepEqual(attributesOf('session.load'), [found, found, found])
    assert.deepEqual(attributesOf('session.replace'), [saved, met, saved])
    const conflicts = await pointsOf('nuages.session.conflicts')
    assert.deepEqual(
      conflicts.map(({ value }) => value),
      [1],
    )
  })

  it('tells of a session that is unknown, and of one that a logout ends', async t => {
    const client = await open(t)
    await client.post('/login/token/')
    assert.deepEqual(attributesOf('session.create'), [{ 'nuages.session.taken': false }])
    await client.post('/logout/')
    assert.deepEqual(attributesOf('session.delete'), [{ 'nuages.session.found': true }])
    spans.reset()
    client.cookies.set('sessionid', 'a'.repeat(32))
    await client.post('/slow/')
    assert.deepEqual(attributesOf('session.load'), [{ 'nuages.session.found': false }])
  })

  it('measures how long the password of a login waits', async t => {
    const client = await open(t)
    assert.deepEqual(await pointsOf('nuages.password.wait'), [])
    const start = performance.now()
    await client.post('/login/token/')
    const longest = (performance.now() - start) / 1000
    const waits = (await pointsOf('nuages.password.wait')).map(({ value }) => value as Histogram)
    assert.deepEqual(
      waits.map(({ count }) => count),
      [1],
    )
    const [{ sum: seconds = -1 } = {}] = waits
    assert(seconds >= 0 && seconds < longest, String(seconds))
  })

  it('holds no secrets', async t => {
    const program = new Client((await open(t)).app, { headers: { 'User-Agent': 'an-agent-that-is-secret' } })
    const sent = {
      authorization: 'Bearer a-bearer-token-that-is-secret',
      'x-api-key': 'a-field-of-ones-own-that-is-secret',
      accept: 'text/an-accepted-type-that-is-secret',
    }
    const note = 'a-body-that-is-secret'
    await program.post(`/login/a-token-of-a-path/?q=${secretQuery}`, { form: { password }, headers: sent })
    const key = program.cookies.get('sessionid')
    const token = await (await program.get('/form/')).text()
    const csrf = program.cookies.get('csrftoken')
    const headers = { ...sent, 'x-csrftoken': token }
    for (const json of [note, [note]]) assert.equal((await program.post('/note/', { json, headers })).status, 200)
    await program.get('/query/', { headers: sent })
    await program.get('/bug/', { headers: sent })
    await program.get(`/nowhere/${secretQuery}/`, { headers: sent })
    assert.equal((await program.post('/logout/', { headers })).status, 200)
    await reader.forceFlush()
    const finished = spans.getFinishedSpans()
    const names = new Set(finished.map(({ name }) => name))
    const steps = ['load', 'create', 'replace', 'delete'].map(step => `session.${step}`)
    for (const name of ['POST /note/', 'GET', ...steps, 'SELECT', 'INSERT', 'UPDATE', 'DELETE'])
      assert(names.has(name), `${name} is missing in ${[...names]}`)
    const told = JSON.stringify(
      finished.map(({ name, attributes, events, links, status }) => [name, attributes, events, links, status]),
    )
    const counted = JSON.stringify(metrics.getMetrics().map(({ scopeMetrics }) => scopeMetrics))
    const { password: hash } = await program.app.db.selectFrom('auth_user').select('password').executeTakeFirstOrThrow()
    for (const secret of [key, csrf, token, hash, note, password, secretQuery, 'a-token-of-a-path', 'that-is-secret']) {
      assert(secret !== undefined && secret.length > 10)
      assert(!told.includes(secret), secret)
      assert(!counted.includes(secret), secret)
    }
  })

  it('counts requests by route and status, and queries', async t => {
    const client = await open(t)
    await client.get('/missing/')
    await client.get('/query/')
    assert.equal((await pointsOf('http.server.request.duration')).length, 2)
    const [query] = await pointsOf('db.client.operation.duration')
    assert.deepEqual(query?.attributes, { 'db.system.name': 'sqlite', 'db.operation.name': 'SELECT' })
  })
})
