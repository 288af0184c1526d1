import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import * as openTelemetry from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createApp } from '../../src/app/index.ts'
import { authenticate, login } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse, NotFound } from '../../src/http/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { createTelemetry } from '../../src/telemetry/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'

const spans = new InMemorySpanExporter()
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })

const password = 'correct horse battery'
const secretQuery = 'a-query-value-that-is-secret'

async function open(t: TestContext): Promise<Client> {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'k'.repeat(50),
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
    }),
    urls: [
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
    ],
    telemetry: createTelemetry(openTelemetry),
    logger: null,
  })
  t.after(() => app.close())
  await app.migrate()
  await app.users.createUser({ username: 'ada', password })
  spans.reset()
  return new Client(app)
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

  it('holds no secrets', async t => {
    const client = await open(t)
    await client.post(`/login/a-token-of-a-path/?q=${secretQuery}`, { form: { password } })
    await client.get('/query/')
    await client.get('/bug/')
    await client.get(`/nowhere/${secretQuery}/`)
    await reader.forceFlush()
    const key = client.cookies.get('sessionid')
    assert(key !== undefined)
    const told = JSON.stringify(
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    )
    const counted = JSON.stringify(metrics.getMetrics().map(({ scopeMetrics }) => scopeMetrics))
    for (const secret of [password, secretQuery, 'a-token-of-a-path', String(key)]) {
      assert(!told.includes(secret), secret)
      assert(!counted.includes(secret), secret)
    }
  })

  it('counts requests by route and status, and queries', async t => {
    const client = await open(t)
    await client.get('/missing/')
    await reader.forceFlush()
    const found = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
    const names = new Set(found.map(({ descriptor }) => descriptor.name))
    assert(names.has('http.server.request.duration'))
    assert(names.has('db.client.operation.duration'))
  })
})
