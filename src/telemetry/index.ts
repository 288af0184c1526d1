/**
 * `nuages/telemetry`: spans and metrics by OpenTelemetry.
 *
 * Start with `createTelemetry()`, and pass it to `createApp`.
 *
 * @module
 */
export type { OpenTelemetryApi } from './api.ts'
export { createTelemetry, Telemetry } from './telemetry.ts'
export { traceRequests } from './traced-requests.ts'
export { traceSessionStore } from './traced-sessions.ts'
