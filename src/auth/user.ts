import type { UserFields, UserId } from './account-types.ts'
import type { PermissionName } from './model-permissions.ts'
import type { Permissions } from './permissions.ts'

/** A row of `auth_user`, or of the table in its place; what that lacks is `NULL`, empty or as it is for everybody. Only there may texts be `NULL`. */
export interface UserRow {
  readonly id: unknown
  readonly password: string
  readonly last_login: unknown
  readonly is_superuser: unknown
  readonly username: string | null
  readonly first_name: string | null
  readonly last_name: string | null
  readonly email: string | null
  readonly is_staff: unknown
  readonly is_active: unknown
  readonly date_joined: unknown
}

/** Where accounts come from. */
export interface UserSource {
  readonly toId: (value: unknown) => UserId
  readonly toDate: (value: unknown) => Date
  readonly toFields: (row: object) => UserFields
  readonly permissions: Pick<Permissions, 'all' | 'ofUser'>
}

/**
 * An account. What `JSON.stringify` and the log see of it holds no password hash.
 */
export class User {
  /** A number, unless `defineUsers` says otherwise. */
  readonly id: UserId
  /** The name to log in with: the address, where `defineUsers` says so. */
  readonly username: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** False: cannot log in, and is nobody where already logged in. */
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly #row: UserRow
  readonly #source: UserSource
  #fields: UserFields | null = null
  #permissions: Promise<ReadonlySet<string>> | null = null

  constructor(row: UserRow, source: UserSource) {
    this.id = source.toId(row.id)
    this.username = row.username ?? ''
    this.email = row.email ?? ''
    this.firstName = row.first_name ?? ''
    this.lastName = row.last_name ?? ''
    this.isActive = Boolean(row.is_active)
    this.isStaff = Boolean(row.is_staff)
    this.isSuperuser = Boolean(row.is_superuser)
    this.#row = row
    this.#source = source
  }

  /** The columns of your own, from `defineUsers`. What `JSON.stringify` sees of an account does not hold them. */
  get fields(): UserFields {
    this.#fields ??= this.#source.toFields(this.#row)
    return this.#fields
  }

  /** @throws {TypeError} where the users table has no such column. */
  get dateJoined(): Date {
    return this.#source.toDate(this.#row.date_joined)
  }

  /** `null`: never. */
  get lastLogin(): Date | null {
    return this.#row.last_login === null ? null : this.#source.toDate(this.#row.last_login)
  }

  /** True when the account itself or one of its groups has the permission. A superuser has every one, an inactive account none. */
  async hasPerm(permission: PermissionName): Promise<boolean> {
    if (!this.isActive || this.isSuperuser) return this.isActive
    return (await this.getAllPermissions()).has(permission)
  }

  /** True when it has every one of them. */
  async hasPerms(permissions: readonly PermissionName[]): Promise<boolean> {
    for (const permission of permissions) if (!(await this.hasPerm(permission))) return false
    return true
  }

  /** True when it has any permission of an app. */
  async hasModulePerms(app: string): Promise<boolean> {
    if (!this.isActive || this.isSuperuser) return this.isActive
    for (const permission of await this.getAllPermissions()) if (permission.startsWith(`${app}.`)) return true
    return false
  }

  /** By name, as `shop.change_product`. Read once: what is given or taken later, the next request sees. */
  getAllPermissions(): Promise<ReadonlySet<string>> {
    const { permissions } = this.#source
    if (!this.isActive) return Promise.resolve(new Set())
    if (this.#permissions === null) {
      const reading = this.isSuperuser ? permissions.all() : permissions.ofUser(this.id)
      this.#permissions = reading
      // What could not be read is asked for again.
      reading.catch(() => (this.#permissions = null))
    }
    return this.#permissions
  }

  /** The address as the column has it: a table of an application's own may hold `null`. */
  static storedEmail(user: User): string | null {
    return user.#row.email
  }

  /** The stored hash of an account, for checking and for the login hash in sessions. Never send it anywhere. */
  static passwordHash(user: User): string {
    return user.#row.password
  }
}
