import { HttpError } from '../kit/index.ts'

/** The request may come from another site. Nothing of it was carried out. */
export class CsrfFailed extends HttpError {
  readonly code = 'csrf_failed'
  readonly status = 403
  override readonly suspicious = true
  /** Why, in words. */
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}
