/**
 * What a visitor can do wrong before any view has a say, and the answers a view gives most.
 *
 * Owns codes, statuses and the text a visitor reads. Leaves turning them into a page or problem details to the views room.
 */
import { HttpError } from '../kit/index.ts'

/** The request makes no sense to the view. */
export class BadRequest extends HttpError {
  readonly code = 'bad_request'
  readonly status = 400
  constructor(message: string = 'The request could not be understood.', options?: ErrorOptions) {
    super(message, options)
  }
}

/** The visitor is known, and may not do this. */
export class PermissionDenied extends HttpError {
  readonly code = 'permission_denied'
  readonly status = 403
  constructor(message: string = 'You are not allowed to do this.') {
    super(message)
  }
}

/** There is nothing at this address, or nothing this visitor may know of. */
export class NotFound extends HttpError {
  readonly code = 'not_found'
  readonly status = 404
  constructor(message: string = 'There is nothing at this address.') {
    super(message)
  }
}

/** The address exists, the method does not. Answers with `Allow`, as RFC 9110 (15.5.6) demands. */
export class MethodNotAllowed extends HttpError {
  readonly code = 'method_not_allowed'
  readonly status = 405
  override readonly headers: Readonly<Record<string, string>>
  readonly allowed: readonly string[]
  constructor(allowed: readonly string[]) {
    super(allowed.length === 0 ? 'This address answers no method.' : `This address answers ${allowed.join(', ')} only.`)
    this.allowed = allowed
    this.headers = { Allow: allowed.join(', ') }
  }
}

/** Something the answer depends on is away for the moment: the database, say. */
export class ServiceUnavailable extends HttpError {
  readonly code = 'service_unavailable'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number
  constructor(
    retryAfterSeconds: number,
    message: string = 'The service is unavailable for the moment. Please try again.',
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.retryAfterSeconds = retryAfterSeconds
    this.headers = { 'Retry-After': String(retryAfterSeconds) }
  }
}

/** The body is larger than its limit. Thrown as soon as that is known; what was read is let go. */
export class BodyTooLarge extends HttpError {
  readonly code = 'http/body-too-large'
  readonly status = 413
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`The body of the request is larger than ${limitBytes} bytes.`)
    this.limitBytes = limitBytes
  }
}

/** Method, address and query together are longer than the server reads. */
export class RequestLineTooLong extends HttpError {
  readonly code = 'http/request-line-too-long'
  readonly status = 414
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`The address is longer than ${limitBytes} bytes.`)
    this.limitBytes = limitBytes
  }
}

/** The body is of a kind this address does not read. */
export class UnsupportedMediaType extends HttpError {
  readonly code = 'http/unsupported-media-type'
  readonly status = 415
  constructor(message: string = 'The body of the request is of a kind this address does not read.') {
    super(message)
  }
}

/** The body is not what its media type says: bad JSON, bytes that are not UTF-8. */
export class MalformedBody extends HttpError {
  readonly code = 'http/malformed-body'
  readonly status = 400
  constructor(message: string = 'The body of the request could not be read.', options?: ErrorOptions) {
    super(message, options)
  }
}

/** A multipart body that cannot be taken apart: no boundary, or it ends too early. */
export class MalformedMultipart extends HttpError {
  readonly code = 'http/malformed-multipart'
  readonly status = 400
  constructor(message: string = 'The form could not be read.', options?: ErrorOptions) {
    super(message, options)
  }
}

/** A form in another charset than UTF-8, as Django 5 and later refuse it. Browsers send UTF-8 from a UTF-8 page. */
export class BadFormEncoding extends HttpError {
  readonly code = 'http/bad-form-encoding'
  readonly status = 400
  readonly charset: string
  constructor(charset: string) {
    super('Send the form in UTF-8.')
    this.charset = charset
  }
}

/** More fields than `DATA_UPLOAD_MAX_NUMBER_FIELDS`, in a query or in a form. Nothing of it is kept. */
export class TooManyFields extends HttpError {
  readonly code = 'http/too-many-fields'
  readonly status = 400
  override readonly suspicious = true
  readonly limit: number
  constructor(limit: number) {
    super(`The request has more than ${limit} fields.`)
    this.limit = limit
  }
}

/** More files than `DATA_UPLOAD_MAX_NUMBER_FILES`. Nothing of it is kept. */
export class TooManyFiles extends HttpError {
  readonly code = 'http/too-many-files'
  readonly status = 400
  override readonly suspicious = true
  readonly limit: number
  constructor(limit: number) {
    super(`The request has more than ${limit} files.`)
    this.limit = limit
  }
}

/** The fields of a multipart form are together larger than `DATA_UPLOAD_MAX_MEMORY_SIZE`. Thrown on the first byte over; nothing of the form is kept. */
export class FieldsTooLarge extends HttpError {
  readonly code = 'http/fields-too-large'
  readonly status = 413
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`The fields of the form are together larger than ${limitBytes} bytes.`)
    this.limitBytes = limitBytes
  }
}

/** A file is larger than its limit. Thrown on the first byte over; nothing of the form is kept. */
export class FileTooLarge extends HttpError {
  readonly code = 'http/file-too-large'
  readonly status = 413
  override readonly errors: Readonly<Record<string, readonly string[]>>
  readonly field: string
  readonly limitBytes: number
  constructor(field: string, limitBytes: number) {
    const message = `The file is larger than ${limitBytes} bytes.`
    super(message)
    this.errors = Object.assign(Object.create(null), { [field]: [message] })
    this.field = field
    this.limitBytes = limitBytes
  }
}

/** The header of a part is longer than `DATA_UPLOAD_MAX_PART_HEADER_SIZE`. Nothing of the form is kept. */
export class PartHeaderTooLarge extends HttpError {
  readonly code = 'http/part-header-too-large'
  readonly status = 400
  override readonly suspicious = true
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`A part of the form has a header of more than ${limitBytes} bytes.`)
    this.limitBytes = limitBytes
  }
}

/** The name of a field is longer than `DATA_UPLOAD_MAX_NAME_LENGTH`. Nothing of the form is kept. */
export class PartNameTooLong extends HttpError {
  readonly code = 'http/part-name-too-long'
  readonly status = 400
  override readonly suspicious = true
  readonly limit: number
  constructor(limit: number) {
    super(`A field of the form has a name of more than ${limit} characters.`)
    this.limit = limit
  }
}

/** Nothing of a form has arrived for `DATA_UPLOAD_IDLE_SECONDS`, or next to nothing. Nothing of it is kept. */
export class UploadStalled extends HttpError {
  readonly code = 'http/upload-stalled'
  readonly status = 408
  readonly idleSeconds: number
  constructor(idleSeconds: number, leastBytes: number = 1) {
    const tooLittle = leastBytes === 1 ? 'Nothing' : `Less than ${leastBytes} bytes`
    super(`${tooLittle} of the form arrived within ${idleSeconds} seconds.`)
    this.idleSeconds = idleSeconds
  }
}

/** There is no room for the file of a form. Nothing of the form is kept. */
export class StorageFull extends HttpError {
  readonly code = 'http/storage-full'
  readonly status = 507
  constructor(options?: ErrorOptions) {
    super('There is no room for the file at the moment.', options)
  }
}

/** The client went away before its request was complete. Nobody reads the answer; the log does. */
export class ClientDisconnected extends HttpError {
  readonly code = 'http/client-disconnected'
  readonly status = 400
  constructor(options?: ErrorOptions) {
    super('The client went away before its request was complete.', options)
  }
}

/** Characters of a host that is quoted in a message; an attacker may send kilobytes. */
const quotedHostLength = 100

/** Untrusted text between quotes: what is not plain ASCII, or means something in HTML or a shell, as `\xNN`. */
function quote(text: string): string {
  const escaped = text
    .slice(0, quotedHostLength)
    .replace(
      /[^ !#%()*+,\-./0-9:;=?@A-Z[\]^_a-z{|}~]/g,
      char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
  return `'${escaped}${text.length > quotedHostLength ? '...' : ''}'`
}

/** The Host header names a host that is not in `ALLOWED_HOSTS`, or no host at all. Links in mail and caches would be poisoned by it. */
export class DisallowedHost extends HttpError {
  readonly code = 'http/disallowed-host'
  readonly status = 400
  override readonly suspicious = true
  /** As the client sent it: escape it where it is shown. */
  readonly host: string
  /** `domain`: the host without its port; empty when it is not a host name. */
  constructor(host: string, domain: string) {
    super(
      `Invalid Host header: ${quote(host)}. ${
        domain === ''
          ? 'It is not a valid host name (RFC 1034, 1035).'
          : `You may need to add ${quote(domain)} to ALLOWED_HOSTS.`
      }`,
    )
    this.host = host
  }
}

/**
 * A cookie that cannot be written as asked: a bug of the application. With text from outside in a name or an attribute,
 * an attacker could otherwise set further attributes, cookies or header fields (CWE-113).
 */
export class CookieError extends Error {
  override readonly name: string = 'CookieError'
  readonly code = 'http/bad-cookie'
  readonly cookie: string
  constructor(cookie: string, problem: string) {
    super(`The cookie ${JSON.stringify(cookie)} cannot be set: ${problem}`)
    this.cookie = cookie
  }
}
