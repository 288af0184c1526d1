import { HttpError } from '../kit/index.ts'

/** Characters of a name that a message quotes; it may be a visitor's, and kilobytes. */
const quotedLength = 100

/** Untrusted text between quotes. */
function quote(name: string): string {
  return JSON.stringify(name.length > quotedLength ? `${name.slice(0, quotedLength)}…` : name)
}

/** No file can have this name in a storage: it would stand outside of it, or nowhere. Nothing was read or written. */
export class StorageNameRefused extends HttpError {
  readonly code = 'files/name-refused'
  readonly status = 400
  override readonly suspicious = true
  /** As given: escape it where it is shown. */
  readonly storageName: string
  constructor(storageName: string, problem: string, options?: ErrorOptions) {
    super(`No file can be called ${quote(storageName)}: ${problem}.`, options)
    this.storageName = storageName
  }
}

/** The storage has no file of this name. */
export class StoredFileNotFound extends HttpError {
  readonly code = 'files/not-found'
  readonly status = 404
  readonly storageName: string
  constructor(storageName: string, options?: ErrorOptions) {
    super('There is no such file.', options)
    this.storageName = storageName
  }
}

/** A range that is asked for begins at or after the end of the file. Answers with `Content-Range`, as RFC 9110 (15.5.17) asks. */
export class RangeNotSatisfiable extends HttpError {
  readonly code = 'files/range-not-satisfiable'
  readonly status = 416
  override readonly headers: Readonly<Record<string, string>>
  /** Of the whole file. */
  readonly sizeBytes: number
  constructor(sizeBytes: number) {
    super(`The file has ${sizeBytes} bytes.`)
    this.sizeBytes = sizeBytes
    this.headers = { 'Content-Range': `bytes */${sizeBytes}`, 'Accept-Ranges': 'bytes' }
  }
}

/** The file is no longer, or not yet, what the visitor's `If-Match` or `If-Unmodified-Since` demands. */
export class PreconditionFailed extends HttpError {
  readonly code = 'files/precondition-failed'
  readonly status = 412
  constructor() {
    super('The file is not the one that you know.')
  }
}

/** The storage does not answer, or takes no writes: a disk that was unmounted or fails. What was being saved is gone. */
export class StorageUnavailable extends HttpError {
  readonly code = 'files/unavailable'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': '5' }
  /** For the log: what the system said. Never shown to a visitor. */
  readonly detail: string
  constructor(detail: string, options?: ErrorOptions) {
    super('Files cannot be read or saved for the moment. Please try again.', options)
    this.detail = detail
  }
}
