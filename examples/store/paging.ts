/**
 * One page of a list, as the query asks for it.
 */
import { type QueryDict, ValidationError } from 'nuages'

export interface Page {
  /** From 1. */
  readonly page: number
  readonly pageSize: number
  /** Empty: everything. */
  readonly search: string
  /** A name of the allow-list, with a minus sign in front for the other way round. */
  readonly ordering: string
}

const maxPageSize = 100
const maxSearchLength = 100

/**
 * Reads `page`, `page_size`, `search` and `ordering`.
 *
 * @throws {ValidationError} with status 422 for a number that is none, and for an ordering outside `orderings`.
 */
export function readPage(query: QueryDict, orderings: readonly string[], defaultPageSize = 12): Page {
  const errors: Record<string, string[]> = {}
  const page = wholeNumber(query.get('page'), 1, 1_000_000)
  const pageSize = wholeNumber(query.get('page_size'), defaultPageSize, maxPageSize)
  const search = (query.get('search') ?? '').trim().replaceAll('\0', '')
  const ordering = query.get('ordering') ?? (orderings[0] as string)
  if (page === null) errors.page = ['Enter a whole number from 1.']
  if (pageSize === null) errors.page_size = [`Enter a whole number from 1 to ${maxPageSize}.`]
  if (search.length > maxSearchLength) errors.search = [`Enter at most ${maxSearchLength} characters.`]
  if (!orderings.includes(ordering.replace(/^-/, '')))
    errors.ordering = [`Choose one of ${orderings.join(', ')}; a minus sign in front turns it round.`]
  if (page === null || pageSize === null || Object.keys(errors).length > 0) throw new ValidationError(errors)
  return { page, pageSize, search, ordering }
}

/** A number from 1 to `most`; `null` for anything else. */
function wholeNumber(text: string | undefined, fallback: number, most: number): number | null {
  if (text === undefined) return fallback
  return /^[0-9]{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : null
}

/** The part of a LIKE that finds `search` anywhere; `%` and `_` stand for themselves with `ESCAPE '!'`. */
export function containing(search: string): string {
  return `%${search.toLowerCase().replace(/[!%_]/g, '!$&')}%`
}
