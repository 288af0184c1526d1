/**
 * Spans and metrics of an app, by OpenTelemetry.
 *
 * Owns what they are called and what they hold: never a session key, cookie, password, token, query value or parameter of a statement. Leaves sending
 * them to the SDK that the application sets up.
 */
import type { FinishedQuery } from '../db/index.ts'
import { type Awaitable, HttpError } from '../kit/index.ts'
import {
  type Attributes,
  type Counter,
  errorStatus,
  type Getter,
  type Histogram,
  type OpenTelemetryApi,
  type Span,
  spanKinds,
} from './api.ts'

export interface SpanOptions {
  /** Default: `'internal'`. */
  readonly kind?: keyof typeof spanKinds
  readonly attributes?: Attributes
  /** Header fields in which a caller may have named its own span. */
  readonly carrier?: { readonly fields: unknown; readonly getter: Getter }
}

/** Upper bounds of durations, in seconds, as the specification proposes. */
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const seconds = { unit: 's', advice: { explicitBucketBoundaries: secondsBuckets } }

/** Texts of statements are cut off there. */
const maxSqlLength = 2000

/** Spans and metrics of an app: `createApp({ telemetry })`. Made by `createTelemetry`. */
export class Telemetry {
  readonly #api: OpenTelemetryApi
  readonly #tracer: ReturnType<OpenTelemetryApi['trace']['getTracer']>
  readonly #requests: Histogram
  readonly #queries: Histogram
  readonly #conflicts: Counter
  readonly #hashWaits: Histogram

  constructor(api: OpenTelemetryApi) {
    const meter = api.metrics.getMeter('nuages')
    this.#api = api
    this.#tracer = api.trace.getTracer('nuages')
    this.#requests = meter.createHistogram('http.server.request.duration', seconds)
    this.#queries = meter.createHistogram('db.client.operation.duration', seconds)
    this.#conflicts = meter.createCounter('nuages.session.conflicts', {
      description: 'Saves that found another one in the row, and merged or gave up.',
    })
    this.#hashWaits = meter.createHistogram('nuages.password.wait', {
      ...seconds,
      description: 'Time that passwords waited to be hashed.',
    })
  }

  /** Runs `work` in a span, which is the parent of those that it starts. An error that is no `HttpError` below 500 marks it as failed. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Awaitable<T>): Awaitable<T> {
    const { trace, context } = this.#api
    const parent = this.#parentOf(options)
    const { kind = 'internal', attributes = {} } = options
    const span = this.#tracer.startSpan(name, { kind: spanKinds[kind], attributes }, parent)
    const fail = (error: unknown): never => {
      mark(span, error)
      span.end()
      throw error
    }
    try {
      const result = context.with(trace.setSpan(parent, span as never) as never, () => work(span))
      if (result instanceof Promise)
        return result.then(value => {
          span.end()
          return value
        }, fail)
      span.end()
      return result
    } catch (error) {
      return fail(error)
    }
  }

  #parentOf({ carrier }: SpanOptions): never {
    const { context, propagation } = this.#api
    const active = context.active() as never
    return (carrier === undefined ? active : propagation.extract(active, carrier.fields, carrier.getter)) as never
  }

  /** A span of a statement that has just ended. `system`: the database's name in OpenTelemetry. */
  recordQuery(system: string, { sql, durationMs, error }: FinishedQuery): void {
    const operation = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? 'SQL'
    const attributes = { 'db.system.name': system, 'db.operation.name': operation }
    const now = Date.now()
    const span = this.#tracer.startSpan(
      operation,
      {
        kind: spanKinds.client,
        startTime: now - durationMs,
        attributes: { ...attributes, 'db.query.text': sql.slice(0, maxSqlLength) },
      },
      this.#api.context.active() as never,
    )
    if (error !== undefined) mark(span, error)
    span.end(now)
    this.#queries.record(durationMs / 1000, attributes)
  }

  recordRequest(durationMs: number, attributes: Attributes): void {
    this.#requests.record(durationMs / 1000, attributes)
  }

  countConflict(): void {
    this.#conflicts.add(1)
  }

  recordHashWait(waitMs: number): void {
    this.#hashWaits.record(waitMs / 1000)
  }
}

/** The kind of the error only: a message may quote what a visitor sent. */
function mark(span: Span, error: unknown): void {
  const isRefusal = error instanceof HttpError
  span.setAttribute('error.type', isRefusal ? error.code : error instanceof Error ? error.name : 'unknown')
  if (!isRefusal || error.status >= 500) span.setStatus({ code: errorStatus })
}

/**
 * Spans and metrics by the package `@opentelemetry/api`, which the application passes in:
 *
 * ```ts no-run
 * import * as openTelemetry from '@opentelemetry/api'
 * const app = createApp({ settings, urls, telemetry: createTelemetry(openTelemetry) })
 * ```
 *
 * Set up an SDK before the app is made. Without one, that package does nothing.
 */
export function createTelemetry(api: OpenTelemetryApi): Telemetry {
  return new Telemetry(api)
}
