/** A row of `auth_user`. */
export interface UserRow {
  readonly id: number
  readonly password: string
  readonly last_login: unknown
  readonly is_superuser: unknown
  readonly username: string
  readonly first_name: string
  readonly last_name: string
  readonly email: string
  readonly is_staff: unknown
  readonly is_active: unknown
  readonly date_joined: unknown
}

/**
 * An account. What `JSON.stringify` and the log see of it holds no password hash.
 */
export class User {
  readonly id: number
  readonly username: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** False: cannot log in, and is nobody where already logged in. */
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly #row: UserRow
  readonly #toDate: (value: unknown) => Date

  constructor(row: UserRow, toDate: (value: unknown) => Date) {
    this.id = Number(row.id)
    this.username = row.username
    this.email = row.email
    this.firstName = row.first_name
    this.lastName = row.last_name
    this.isActive = Boolean(row.is_active)
    this.isStaff = Boolean(row.is_staff)
    this.isSuperuser = Boolean(row.is_superuser)
    this.#row = row
    this.#toDate = toDate
  }

  get dateJoined(): Date {
    return this.#toDate(this.#row.date_joined)
  }

  /** `null`: never. */
  get lastLogin(): Date | null {
    return this.#row.last_login === null ? null : this.#toDate(this.#row.last_login)
  }

  /** The stored hash of an account, for checking and for the login hash in sessions. Never send it anywhere. */
  static passwordHash(user: User): string {
    return user.#row.password
  }
}
