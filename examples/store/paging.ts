/**
 * One page of a list, as pages ask for it. Leaves the API to `listQuery` of Nuages.
 */
export interface Page {
  /** From 1. */
  readonly page: number
  readonly pageSize: number
  /** Empty: everything. */
  readonly search: string
  /** A name of the allow-list, with a minus sign in front for the other way round. */
  readonly ordering: string
}

/**
 * The part of a LIKE that finds `search` anywhere; `%` and `_` stand for themselves with `ESCAPE '!'`. The database lowers both sides: SQLite knows the
 * cases of ASCII only.
 */
export function containing(search: string): string {
  return `%${search.replace(/[!%_]/g, '!$&')}%`
}
