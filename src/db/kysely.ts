/**
 * Kysely, loaded with the first query that it builds.
 *
 * Its 250 modules are more than the rest of a start, and a server's own statements need none of them. The only file that loads it: all others import
 * its types, and from here its values.
 */
import type { Dialect, Kysely, Sql } from 'kysely'
import { loadPackage } from '../kit/index.ts'
import { kyselyLog, type QueryObserver } from './observe.ts'

let loaded: typeof import('kysely') | null = null

/** The very module that an application imports as `kysely`. */
export function loadKysely(): typeof import('kysely') {
  loaded ??= loadPackage<typeof import('kysely')>('kysely')
  return loaded
}

/** Kysely's `sql`: a template for what the query builder has no words for. */
export const sql: Sql = new Proxy((() => {}) as unknown as Sql, {
  apply: (_, self, parameters) => Reflect.apply(loadKysely().sql, self, parameters),
  get: (_, name) => Reflect.get(loadKysely().sql, name),
})

/** Answers the one query builder of a database, which is made at the first call. */
export function openKysely<Tables>(
  createDialect: () => Dialect,
  observer: QueryObserver | undefined,
): () => Kysely<Tables> {
  let kysely: Kysely<Tables> | null = null
  return () => {
    kysely ??= new (loadKysely().Kysely)<Tables>({ dialect: createDialect(), ...kyselyLog(observer) })
    return kysely
  }
}
