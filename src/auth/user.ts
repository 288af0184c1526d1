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
  readonly dateJoined: Date
  readonly lastLogin: Date | null
  readonly #password: string

  constructor(row: UserRow, toDate: (value: unknown) => Date) {
    this.id = Number(row.id)
    this.username = row.username
    this.email = row.email
    this.firstName = row.first_name
    this.lastName = row.last_name
    this.isActive = Boolean(row.is_active)
    this.isStaff = Boolean(row.is_staff)
    this.isSuperuser = Boolean(row.is_superuser)
    this.dateJoined = toDate(row.date_joined)
    this.lastLogin = row.last_login === null ? null : toDate(row.last_login)
    this.#password = row.password
  }

  /** The stored hash of an account, for checking and for the login hash in sessions. Never send it anywhere. */
  static passwordHash(user: User): string {
    return user.#password
  }
}
