/**
 * What Nuages uses of `@opentelemetry/api`: whoever has that package passes it in, nobody else needs it.
 */

export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string, version?: string): Tracer
    setSpan(context: never, span: never): unknown
  }
  readonly context: {
    active(): unknown
    with<T>(context: never, work: () => T): T
  }
  readonly propagation: {
    extract(context: never, carrier: unknown, getter: Getter): unknown
  }
  readonly metrics: {
    getMeter(name: string, version?: string): Meter
  }
}

export interface Getter {
  keys(carrier: unknown): string[]
  get(carrier: unknown, key: string): string | undefined
}

export type Attributes = Readonly<Record<string, string | number | boolean>>

interface Tracer {
  startSpan(name: string, options?: object, context?: never): Span
}

/** A piece of work that is timed. */
export interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown
  updateName(name: string): unknown
  setStatus(status: { code: number }): unknown
  end(time?: number): void
}

interface Meter {
  createHistogram(name: string, options?: object): Histogram
  createCounter(name: string, options?: object): Counter
}

export interface Histogram {
  record(value: number, attributes?: Attributes): void
}

export interface Counter {
  add(value: number, attributes?: Attributes): void
}

/** Of `SpanKind` and `SpanStatusCode`, whose numbers are part of the specification. */
export const spanKinds = { internal: 0, server: 1, client: 2 } as const
export const errorStatus = 2
