/**
 * Spans for what an engine does, and a count of the saves that met another one.
 */
import type { SessionStore } from '../sessions/index.ts'
import type { Telemetry } from './telemetry.ts'

/** A store whose steps are spans: `session.load`, `session.create`, `session.replace`, `session.delete`. */
export function traceSessionStore(store: SessionStore, telemetry: Telemetry): SessionStore {
  const step = async <T>(name: string, work: () => Promise<T>, attribute: (result: T) => object): Promise<T> =>
    telemetry.span(`session.${name}`, {}, async span => {
      const result = await work()
      for (const [key, value] of Object.entries(attribute(result))) span.setAttribute(`nuages.session.${key}`, value)
      return result
    })
  return {
    load: key =>
      step(
        'load',
        () => store.load(key),
        text => ({ found: text !== null }),
      ),
    create: (...row) =>
      step(
        'create',
        () => store.create(...row),
        isDone => ({ taken: !isDone }),
      ),
    async replace(...row) {
      const isDone = await step(
        'replace',
        () => store.replace(...row),
        done => ({ conflict: !done }),
      )
      if (!isDone) telemetry.countConflict()
      return isDone
    },
    delete: (...row) =>
      step(
        'delete',
        () => store.delete(...row),
        found => ({ found }),
      ),
    clearExpired: limit => store.clearExpired(limit),
    countExpired: () => store.countExpired(),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}
