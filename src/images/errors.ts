import { HttpError } from '../kit/index.ts'

/** Messages by field, when the field is known. */
function errorsOf(field: string | null, message: string): Readonly<Record<string, readonly string[]>> | null {
  return field === null ? null : Object.assign(Object.create(null), { [field]: [message] })
}

/** By its first bytes the file is no image of a type that is taken here, whatever its name and its header say. */
export class ImageTypeRefused extends HttpError {
  readonly code = 'images/type-refused'
  readonly status = 415
  override readonly errors: Readonly<Record<string, readonly string[]>> | null
  readonly accepted: readonly string[]
  /** `field`: of the form, where there is one. */
  constructor(accepted: readonly string[], field: string | null = null) {
    const message = `The file is none of: ${accepted.join(', ')}.`
    super(message)
    this.errors = errorsOf(field, message)
    this.accepted = accepted
  }
}

/** The image has more pixels than its limit, by its header. None of them was decoded. */
export class TooManyPixels extends HttpError {
  readonly code = 'images/too-many-pixels'
  readonly status = 422
  override readonly errors: Readonly<Record<string, readonly string[]>> | null
  readonly maxPixels: number
  constructor(maxPixels: number, field: string | null = null) {
    const message = `The image has more than ${maxPixels} pixels. Make it smaller.`
    super(message)
    this.errors = errorsOf(field, message)
    this.maxPixels = maxPixels
  }
}

/** The file begins like an image, but is broken or cut off. */
export class ImageUnreadable extends HttpError {
  readonly code = 'images/unreadable'
  readonly status = 422
  override readonly errors: Readonly<Record<string, readonly string[]>> | null
  constructor(field: string | null = null, options?: ErrorOptions) {
    const message = 'The image is broken: it cannot be read to its end.'
    super(message, options)
    this.errors = errorsOf(field, message)
  }
}

/** More images wait than this process can make in time, or one took too long. Nothing was made. */
export class ImagesBusy extends HttpError {
  readonly code = 'images/busy'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': '10' }
  constructor(options?: ErrorOptions) {
    super('Too many images are being made at this moment. Try again in a few seconds.', options)
  }
}
