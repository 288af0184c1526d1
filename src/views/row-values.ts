/**
 * Values of a row on their way in and out.
 */
import { ValidationError } from '../forms/index.ts'
import type { AnyRow } from './table-rows.ts'

/** Of a row those columns, as far as they are there. */
export function pick(row: AnyRow, columns: readonly string[]): AnyRow {
  const picked: Record<string, unknown> = {}
  for (const column of columns)
    if (Object.hasOwn(row, column) && row[column] !== undefined) picked[column] = row[column]
  return picked
}

/** An item with these fields only; `null`: with all. */
export function someOf(item: AnyRow, fields: readonly string[] | null): AnyRow {
  return fields === null ? item : pick(item, fields)
}

/** Times as a client would send them. */
export function timesAsText(row: AnyRow): AnyRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value instanceof Date ? value.toISOString() : value]),
  )
}

/** PostgreSQL keeps no NUL; half a surrogate pair would come back as another character. @throws {ValidationError} */
export function requireText(values: AnyRow): void {
  const isText = (value: unknown): boolean =>
    typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))
  const wrong = Object.entries(values).filter(([, value]) => !isText(value))
  if (wrong.length > 0)
    throw new ValidationError(Object.fromEntries(wrong.map(([column]) => [column, ['Use plain text.']])))
}
