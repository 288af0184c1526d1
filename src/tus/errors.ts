/**
 * What can go wrong with a resumable upload, in the terms of tus 1.0.
 */
import { HttpError } from '../kit/index.ts'

/** The one version of the protocol that is spoken here. */
export const tusVersion = '1.0.0'

/** There is no such upload of this visitor: never was, has expired, was ended. Somebody else's looks the same. */
export class UploadNotFound extends HttpError {
  readonly code = 'tus/not-found'
  readonly status = 404
  constructor() {
    super('There is no such upload. It may have expired: begin again.')
  }
}

/** The client speaks another version of tus, or none. Nothing was looked at. */
export class UnsupportedTusVersion extends HttpError {
  readonly code = 'tus/unsupported-version'
  readonly status = 412
  override readonly headers: Readonly<Record<string, string>> = { 'Tus-Version': tusVersion }
  constructor() {
    super(`Send Tus-Resumable: ${tusVersion}.`)
  }
}

/** A header field of the protocol is missing or makes no sense. Nothing was written. */
export class BadUploadHeader extends HttpError {
  readonly code = 'tus/bad-header'
  readonly status = 400
  readonly field: string
  constructor(field: string, problem: string) {
    super(`${field} ${problem}`)
    this.field = field
  }
}

/** The upload is, or becomes, larger than its limit or its own length. Nothing of this request is kept. */
export class UploadTooLarge extends HttpError {
  readonly code = 'tus/too-large'
  readonly status = 413
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`The upload is larger than ${limitBytes} bytes.`)
    this.limitBytes = limitBytes
  }
}

/** This owner has as many unfinished uploads as one may have. Nothing was made. */
export class TooManyUploads extends HttpError {
  readonly code = 'tus/too-many-uploads'
  readonly status = 429
  readonly limit: number
  constructor(limit: number) {
    super(`There are ${limit} unfinished uploads already. Finish or end one of them first.`)
    this.limit = limit
  }
}

/** The bytes sent do not follow those that are there. Nothing was written: ask for the offset, and go on from it. */
export class OffsetMismatch extends HttpError {
  readonly code = 'tus/offset-mismatch'
  readonly status = 409
  override readonly headers: Readonly<Record<string, string>>
  readonly offset: number
  constructor(offset: number) {
    super(`The upload goes on at byte ${offset}.`)
    this.offset = offset
    this.headers = { 'Upload-Offset': String(offset) }
  }
}

/** Another request works on this upload, or has taken it over from this one. What was written so far is kept. */
export class UploadLocked extends HttpError {
  readonly code = 'tus/locked'
  readonly status = 423
  constructor() {
    super('Another request works on this upload. Ask for its offset in a moment.')
  }
}

/** Nothing has arrived for too long. What was written so far is kept. */
export class UploadPaused extends HttpError {
  readonly code = 'tus/paused'
  readonly status = 408
  readonly idleSeconds: number
  constructor(idleSeconds: number) {
    super(`Nothing of the upload has arrived for ${idleSeconds} seconds. Ask for its offset, and go on.`)
    this.idleSeconds = idleSeconds
  }
}

/** The bytes of this request are not those that the client has hashed. None of them is kept. */
export class ChecksumMismatch extends HttpError {
  readonly code = 'tus/checksum-mismatch'
  readonly status = 460
  constructor() {
    super('The bytes have changed on the way. Send them again.')
  }
}
