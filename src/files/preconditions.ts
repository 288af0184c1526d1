/**
 * What a client knows of a file already, and asks only if it has changed, or has not (RFC 9110, 13).
 */
import { type HttpRequest, parseHttpDate } from '../http/index.ts'
import { PreconditionFailed } from './errors.ts'

/** The state of a file that a client can know. */
export interface Validators {
  /** Strong: no `W/`. */
  readonly etag: string
  readonly modifiedAt: Date
}

/**
 * True when the client has the file as it is: the answer is 304. Fields are looked at in the order of RFC 9110 (13.2.2).
 *
 * @throws {PreconditionFailed} with status 412.
 */
export function isNotModified({ headers }: HttpRequest, file: Validators, now: number): boolean {
  const modified = wholeSeconds(file.modifiedAt)
  const time = (name: string): number | null => parseHttpDate(headers.get(name) ?? '', now)
  const match = headers.get('if-match')
  if (match !== null) {
    if (!lists(match, etag => etag === file.etag)) throw new PreconditionFailed()
  } else {
    const unmodifiedSince = time('if-unmodified-since')
    if (unmodifiedSince !== null && modified > unmodifiedSince) throw new PreconditionFailed()
  }
  const noneMatch = headers.get('if-none-match')
  if (noneMatch !== null) return lists(noneMatch, etag => etag.replace(/^W\//, '') === file.etag)
  const modifiedSince = time('if-modified-since')
  return modifiedSince !== null && modified <= modifiedSince
}

/** True when `Range` counts: there is no `If-Range`, or it names exactly this file. Pieces of two files make a broken one. */
export function isSameForRange({ headers }: HttpRequest, file: Validators, now: number): boolean {
  const condition = headers.get('if-range')
  if (condition === null) return true
  if (condition.includes('"')) return condition.trim() === file.etag
  const modified = wholeSeconds(file.modifiedAt)
  // A file of this very second may change within it (RFC 9110, 8.8.2.2).
  return parseHttpDate(condition, now) === modified && now - modified >= 2000
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000
}

/** True for `*`, and when one of the listed tags is meant. */
function lists(text: string, isMeant: (etag: string) => boolean): boolean {
  if (text.trim() === '*') return true
  return (text.match(/(?:W\/)?"[^"]*"/g) ?? []).some(isMeant)
}
