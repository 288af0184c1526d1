import { HttpError } from '../kit/index.ts'

/** The item is no longer what the client's `If-Match` names: somebody else has changed it. Nothing was written. */
export class ItemChanged extends HttpError {
  readonly code = 'precondition_failed'
  readonly status = 412
  constructor() {
    super('This is no longer what you have seen: somebody else has changed it. Read it again.')
  }
}

/** A write without `If-Match`, where one is required. Nothing was looked at. */
export class PreconditionRequired extends HttpError {
  readonly code = 'precondition_required'
  readonly status = 428
  constructor() {
    super('Send If-Match with the ETag of what you have seen.')
  }
}

/** An item with a value that only one may have exists already. Nothing was written. */
export class AlreadyExists extends HttpError {
  readonly code = 'already_exists'
  readonly status = 409
  override readonly errors: Readonly<Record<string, readonly string[]>> | null
  /** `fields`: whose values are taken, as far as the database tells. */
  constructor(fields: readonly string[], options?: ErrorOptions) {
    super('There is such an item already.', options)
    const messages = fields.map(field => [field, ['This value is taken.']] as const)
    this.errors = messages.length === 0 ? null : Object.assign(Object.create(null), Object.fromEntries(messages))
  }
}

/** Other rows refer to the item: it cannot be deleted. Nothing was written. */
export class StillInUse extends HttpError {
  readonly code = 'still_in_use'
  readonly status = 409
  constructor(options?: ErrorOptions) {
    super('Something else still refers to this.', options)
  }
}

/** Others kept changing the item between reading and writing it. Nothing was written. */
export class TooManyChanges extends HttpError {
  readonly code = 'too_many_changes'
  readonly status = 409
  constructor() {
    super('Others keep changing this. Please try again.')
  }
}
