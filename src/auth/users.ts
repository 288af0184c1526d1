/**
 * Accounts in `auth_user`, Django's table.
 *
 * Owns creating, finding and changing them. Leaves the visitor's login to ./login.ts and hashes to ./hashers.ts.
 */
import { type Database, UniqueViolation } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { UserExistsError } from './errors.ts'
import { processHashQueue, tellWaits } from './hash-queue.ts'
import { createPasswords, type PasswordOptions, type Passwords } from './hashers.ts'
import { type PasswordProblem, validatePassword } from './password-validators.ts'
import { Permissions } from './permissions.ts'
import type { SessionRows } from './session-index.ts'
import { User, type UserRow, type UserSource } from './user.ts'
import { normalizeEmail, normalizeUsername } from './usernames.ts'

/** What a new account may be given. */
export interface NewUser {
  /** Stored in NFKC, as Django does. At most 150 code points. */
  readonly username: string
  /** Left out: nobody can log in with a password. */
  readonly password?: string
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  readonly isActive?: boolean
}

/** What of an account can be changed by name; the password has `setPassword`. */
export type UserChanges = Partial<Omit<NewUser, 'password'>>

export interface UsersOptions {
  readonly database: Database
  readonly settings: Settings
  readonly clock: Clock
  /** The index of sessions, which loses the rows of a deleted account. Default: there is none. */
  readonly sessionRows?: SessionRows | null
  /** Hears how long each password waited to be hashed, in milliseconds. */
  readonly onHashWait?: ((waitMs: number) => void) | undefined
  /** Runs after an account is deleted: to remove what else is kept about it. */
  readonly onDelete?: (id: number) => Promise<void>
}

const columns =
  'id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined'

/** The accounts of an app: `app.users`. */
export class Users {
  readonly #database: Database
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #passwords: Passwords
  readonly #sessionRows: SessionRows | null
  readonly #onDelete: (id: number) => Promise<void>
  readonly #source: UserSource
  /** What accounts may do, and the groups they are in. */
  readonly permissions: Permissions
  readonly #byId: ReturnType<Database['prepare']>
  readonly #byName: ReturnType<Database['prepare']>

  constructor({ database, settings, clock, sessionRows = null, onHashWait, onDelete = async () => {} }: UsersOptions) {
    this.#database = database
    this.#settings = settings
    this.#clock = clock
    this.#sessionRows = sessionRows
    this.#onDelete = onDelete
    this.#passwords = createPasswords({
      hashers: settings.PASSWORD_HASHERS,
      djangoVersion: settings.DJANGO_VERSION,
      ...(onHashWait && { queue: tellWaits(processHashQueue(), onHashWait) }),
    })
    this.permissions = new Permissions(database)
    this.#source = {
      toDate: value => new Date(database.fromColumnTime(value)),
      permissions: this.permissions,
    }
    this.#byId = database.prepare(`SELECT ${columns} FROM auth_user WHERE id = ?`)
    this.#byName = database.prepare(`SELECT ${columns} FROM auth_user WHERE username = ?`)
  }

  #toUser(row: unknown): User | null {
    return row === undefined ? null : new User(row as UserRow, this.#source)
  }

  /** The account with this id, active or not; `null` when there is none. */
  async get(id: number): Promise<User | null> {
    return Number.isSafeInteger(id) && Math.abs(id) < 2 ** 31 ? this.#toUser(await this.#byId.get([id])) : null
  }

  /** The account with exactly this name. MySQL and MariaDB compare names without case, as they do for Django. */
  async getByUsername(username: string): Promise<User | null> {
    return username.includes('\0') || !username.isWellFormed() ? null : this.#toUser(await this.#byName.get([username]))
  }

  /**
   * Creates an account. The name's form and the password's strength are for the form to check: see `validatePassword`.
   *
   * @throws {UserExistsError} with status 409 when the name is taken, by another request a moment ago too.
   */
  async createUser(fields: NewUser): Promise<User> {
    const username = normalizeUsername(fields.username)
    if (username.includes('\0') || !username.isWellFormed())
      throw new TypeError('A user name holds no NUL and no half of a surrogate pair.')
    const password = await this.#passwords.make(fields.password ?? null)
    const insert = this.#database.prepare(
      'INSERT INTO auth_user (password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const { toColumnTime } = this.#database
    await this.#unlessTaken(
      username,
      insert.run([
        password,
        fields.isSuperuser ?? false,
        username,
        fields.firstName ?? '',
        fields.lastName ?? '',
        normalizeEmail(fields.email ?? ''),
        fields.isStaff ?? false,
        fields.isActive ?? true,
        toColumnTime(this.#clock()),
      ]),
    )
    return (await this.getByUsername(username)) as User
  }

  /** Creates an account that may do everything. */
  createSuperuser(fields: NewUser): Promise<User> {
    return this.createUser({ ...fields, isStaff: true, isSuperuser: true })
  }

  /**
   * Changes fields of an account and resolves its new state; `null` when the account is gone.
   *
   * @throws {UserExistsError} with status 409 when the new name is taken.
   */
  async update(id: number, changes: UserChanges): Promise<User | null> {
    const values = Object.entries({
      username: changes.username === undefined ? undefined : normalizeUsername(changes.username),
      email: changes.email === undefined ? undefined : normalizeEmail(changes.email),
      first_name: changes.firstName,
      last_name: changes.lastName,
      is_active: changes.isActive,
      is_staff: changes.isStaff,
      is_superuser: changes.isSuperuser,
    }).filter(([, value]) => value !== undefined)
    if (values.length > 0) {
      const assignments = values.map(([column]) => `${column} = ?`).join(', ')
      const statement = this.#database.prepare(`UPDATE auth_user SET ${assignments} WHERE id = ?`)
      await this.#unlessTaken(changes.username ?? '', statement.run([...values.map(([, value]) => value), id] as never))
    }
    return this.get(id)
  }

  async #unlessTaken<T>(username: string, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (error instanceof UniqueViolation) throw new UserExistsError(username)
      throw error
    }
  }

  /** Deletes an account with its groups and permissions; false when there was none. Its sessions are nobody's from then on. */
  async delete(id: number): Promise<boolean> {
    for (const table of ['auth_user_groups', 'auth_user_user_permissions'])
      await this.#database.prepare(`DELETE FROM ${table} WHERE user_id = ?`).run([id])
    const isDeleted = (await this.#database.prepare('DELETE FROM auth_user WHERE id = ?').run([id])) === 1
    await this.#sessionRows?.removeUser(id)
    await this.#onDelete(id)
    return isDeleted
  }

  /**
   * The account with this name and password, if it may log in; `null` otherwise, after the same time whether or not the name exists.
   *
   * A hash made with outdated parameters is replaced, unless another request did it first. `signal`: `request.signal`.
   *
   * @throws {PasswordsBusy} with status 503 when too many passwords wait to be hashed.
   */
  async verify(username: string, password: string, options: PasswordOptions = {}): Promise<User | null> {
    const user = await this.getByUsername(username)
    if (user === null) {
      await this.#passwords.burn(password, options)
      return null
    }
    // An account that is not active answers as one that is not there: no second hash may tell that the password was right.
    if (!user.isActive) {
      await this.#passwords.verify(password, User.passwordHash(user), options)
      return null
    }
    const verified = await this.#verified(user, password, options)
    return verified?.isActive ? verified : null
  }

  /** True when it is the account's password. @throws {PasswordsBusy} with status 503 when too many passwords wait to be hashed. */
  async checkPassword(user: User, password: string): Promise<boolean> {
    return (await this.#verified(user, password)) !== null
  }

  /**
   * The account, with the very hash that the password fits; `null` for a wrong password. A hash with outdated parameters has been replaced.
   *
   * Never with a hash that somebody else wrote meanwhile and nobody verified: who knows an old password would be logged in by the new one.
   */
  async #verified(user: User, password: string, options: PasswordOptions = {}): Promise<User | null> {
    for (let account = user; ; ) {
      const { ok, upgraded } = await this.#passwords.verifyAndUpgrade(password, User.passwordHash(account), options)
      if (!ok) return null
      if (upgraded === null) return account
      await this.#replaceHash(account, upgraded)
      const stored = await this.get(account.id)
      if (stored === null || User.passwordHash(stored) === upgraded) return stored
      account = stored
    }
  }

  /** Gives an account a new password; `null`: none at all. All its other sessions end with their next request. */
  async setPassword(id: number, password: string | null): Promise<User | null> {
    const hash = await this.#passwords.make(password)
    await this.#database.prepare('UPDATE auth_user SET password = ? WHERE id = ?').run([hash, id])
    return this.get(id)
  }

  /** Only over the hash that was verified: a password changed meanwhile stays changed. */
  async #replaceHash(user: User, hash: string): Promise<void> {
    const statement = this.#database.prepare('UPDATE auth_user SET password = ? WHERE id = ? AND password = ?')
    await statement.run([hash, user.id, User.passwordHash(user)])
  }

  /** Notes the moment of a login; Django's password reset tokens end with it. */
  async touchLastLogin(user: User): Promise<void> {
    const statement = this.#database.prepare('UPDATE auth_user SET last_login = ? WHERE id = ?')
    await statement.run([this.#database.toColumnTime(this.#clock()), user.id])
  }

  /** What `AUTH_PASSWORD_VALIDATORS` have against a password; empty when it is good. */
  validatePassword(password: string, attributes: Partial<NewUser> = {}): readonly PasswordProblem[] {
    return validatePassword(password, attributes, this.#settings.AUTH_PASSWORD_VALIDATORS)
  }

  /**
   * Accounts whose address is this one as far as the database can tell, without regard to case, the oldest first. Some fold more than case, and find
   * `é` for `e`: compare what they found.
   */
  async findByEmail(email: string, limit: number): Promise<readonly User[]> {
    const match = {
      sqlite: 'email = ? COLLATE NOCASE',
      postgresql: 'UPPER(email) = UPPER(?)', // as Django asks, so that its index serves
      mysql: 'email = ?',
    }[this.#database.dialect]
    const statement = this.#database.prepare(
      `SELECT ${columns} FROM auth_user WHERE ${match} ORDER BY id LIMIT ${Math.trunc(limit)}`,
    )
    return (await statement.all([email])).map(row => this.#toUser(row) as User)
  }

  /**
   * Gives an account a new password if it still is as it was seen: with that password and address, and active. `null` otherwise, with nothing changed:
   * of two who replace one password the first has won.
   */
  async replacePassword(seen: User, password: string): Promise<User | null> {
    const hash = await this.#passwords.make(password)
    const statement = this.#database.prepare(
      'UPDATE auth_user SET password = ? WHERE id = ? AND password = ? AND email = ? AND is_active = ?',
    )
    if ((await statement.run([hash, seen.id, User.passwordHash(seen), seen.email, true])) === 0) return null
    const stored = await this.get(seen.id)
    return stored !== null && User.passwordHash(stored) === hash ? stored : null
  }
}
