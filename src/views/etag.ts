/**
 * What a client knows of an item already, by its entity tag (RFC 9110, 8.8.3 and 13).
 *
 * Owns tags, and what `If-Match` and `If-None-Match` demand. Leaves files, which have a date as well, to the files room.
 */
import type { HttpRequest } from '../http/index.ts'
import { toBase64Url } from '../kit/index.ts'
import { saltedHmac } from '../signing/index.ts'
import { ItemChanged, PreconditionRequired } from './errors.ts'

/** 128 bits: two contents never share a tag. */
const tagBytes = 16

/**
 * The strong tag of a content. It tells nothing of it: an item may have columns that are not shown, and whoever could compute
 * tags could try values until one fits.
 */
export function etagOf(content: string, secret: string): string {
  // Text from a database may hold a lone surrogate, which has no UTF-8 form.
  const bytes = saltedHmac('nuages.views.etag', content.toWellFormed(), secret, 'sha256')
  return `"${toBase64Url(bytes.subarray(0, tagBytes))}"`
}

/** For GET and HEAD. True when the client has the item as it is: the answer is 304. @throws {ItemChanged} with status 412. */
export function isNotModified({ headers }: HttpRequest, etag: string): boolean {
  const match = headers.get('if-match')
  if (match !== null && !isListed(match, etag)) throw new ItemChanged()
  const noneMatch = headers.get('if-none-match')
  return noneMatch !== null && isListed(noneMatch, etag, { weak: true })
}

/**
 * For methods that write. True when the client has said which state of the item it means to change.
 *
 * @throws {ItemChanged} with status 412, {PreconditionRequired} 428 when `isRequired` and there is no `If-Match`.
 */
export function checkWrite({ headers }: HttpRequest, etag: string, isRequired: boolean): boolean {
  const match = headers.get('if-match')
  if (match === null && isRequired) throw new PreconditionRequired()
  if (match !== null && !isListed(match, etag)) throw new ItemChanged()
  const noneMatch = headers.get('if-none-match')
  if (noneMatch !== null && isListed(noneMatch, etag, { weak: true })) throw new ItemChanged()
  // `*` stands for any state.
  return match !== null && match.trim() !== '*'
}

/** True for `*`, and when the tag is listed. `weak`: a tag that a proxy has made weak (`W/`) counts as well (RFC 9110, 8.8.3.2). */
function isListed(text: string, etag: string, { weak = false }: { readonly weak?: boolean } = {}): boolean {
  if (text.trim() === '*') return true
  const listed = text.match(/(?:W\/)?"[^"]*"/g) ?? []
  return listed.some(one => one === etag || (weak && one === `W/${etag}`))
}
