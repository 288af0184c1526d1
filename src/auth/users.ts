/**
 * Accounts in `auth_user`, Django's table, or in one of the application's own.
 *
 * Owns creating, finding and changing them. Leaves the visitor's login to ./auth.ts, hashes to ./hashers.ts and what is in which column to
 * ./users-table-columns.ts.
 */
import { type Database, type Lookup, sql, UniqueViolation } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import { isMailAddress } from '../mail/index.ts'
import type { Settings } from '../settings/index.ts'
import type { NewUserFields, UserId } from './account-types.ts'
import { deleteWhole } from './delete-whole.ts'
import { UserExistsError } from './errors.ts'
import { processHashQueue, tellWaits } from './hash-queue.ts'
import { createPasswords, type PasswordOptions, type Passwords } from './hashers.ts'
import { type PasswordProblem, validatePassword } from './password-validators.ts'
import { Permissions } from './permissions.ts'
import type { SessionRows } from './session-index.ts'
import { User, type UserRow, type UserSource } from './user.ts'
import { isValidUsername } from './usernames.ts'
import { djangoUsers, type UsersTable } from './users-table.ts'
import { type ColumnValues, isStorable, UserColumns } from './users-table-columns.ts'

/** What a new account may be given, columns of your own apart. */
export interface NewAccount {
  /** Stored in NFKC, as Django does. At most 150 code points. Where the address is the name: the address. */
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

/** What a new account may be given; `fields`: the columns of your own, from `defineUsers`. */
export type NewUser = NewAccount &
  (Readonly<Record<never, never>> extends NewUserFields
    ? { readonly fields?: NewUserFields }
    : { readonly fields: NewUserFields })

/** What of an account can be changed by name; the password has `setPassword`. */
export type UserChanges = Partial<Omit<NewAccount, 'password'>> & { readonly fields?: Partial<NewUserFields> }

export interface UsersOptions {
  readonly database: Database
  readonly settings: Settings
  readonly clock: Clock
  /** From `defineUsers`. Default: `auth_user`. */
  readonly table?: UsersTable | undefined
  /** The index of sessions, which loses the rows of a deleted account. Default: there is none. */
  readonly sessionRows?: SessionRows | null
  /** Hears how long each password waited to be hashed, in milliseconds. */
  readonly onHashWait?: ((waitMs: number) => void) | undefined
  /** Runs after an account is deleted: to remove what else is kept about it. */
  readonly onDelete?: (id: UserId) => Promise<void>
}

/** The accounts of an app: `app.users`. */
export class Users {
  /** Where they are kept. */
  readonly table: UsersTable
  readonly #columns: UserColumns
  readonly #database: Database
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #passwords: Passwords
  readonly #sessionRows: SessionRows | null
  readonly #onDelete: (id: UserId) => Promise<void>
  readonly #source: UserSource
  /** What accounts may do, and the groups they are in. */
  readonly permissions: Permissions
  readonly #byId: Lookup<unknown>
  readonly #byName: ReturnType<Database['prepare']>

  constructor(options: UsersOptions) {
    const { database, settings, clock, table = djangoUsers, onHashWait, onDelete = async () => {} } = options
    this.table = table
    this.#columns = new UserColumns(database, table)
    this.#database = database
    this.#settings = settings
    this.#clock = clock
    this.#sessionRows = options.sessionRows ?? null
    this.#onDelete = onDelete
    this.#passwords = createPasswords({
      hashers: settings.PASSWORD_HASHERS,
      djangoVersion: settings.DJANGO_VERSION,
      ...(onHashWait && { queue: tellWaits(processHashQueue(), onHashWait) }),
    })
    this.permissions = new Permissions(database, table)
    const { id, select, toId, toFields } = this.#columns
    this.#source = {
      toId,
      toFields,
      toDate: value => new Date(database.fromColumnTime(value)),
      permissions: this.permissions,
    }
    const name = this.#columns.name('username')
    this.#byId = database.prepareLookup(`${select} WHERE ${id} = ?`)
    this.#byName = database.prepare(`${select} WHERE ${name} ${table.hasEmailNames ? 'IN (?, ?)' : '= ?'}`)
  }

  #toUser(row: unknown): User | null {
    return row === undefined ? null : new User(row as UserRow, this.#source)
  }

  /** The account with this id, active or not; `null` when there is none. */
  async get(id: UserId): Promise<User | null> {
    const parameter = this.#columns.idParameter(id)
    return parameter === null ? null : this.#toUser(await this.#byId.get([parameter]))
  }

  /** The id that a text means, as Django writes it in sessions and links; `null` for what is none. */
  parseId(text: string): UserId | null {
    return this.#columns.parseId(text)
  }

  /**
   * The account with exactly this name. MySQL and MariaDB compare names without case, as they do for Django. Where the address is the name, one with
   * its domain in lower case is found, too.
   */
  async getByUsername(username: string): Promise<User | null> {
    if (!isStorable(username)) return null
    if (!this.table.hasEmailNames) return this.#toUser(await this.#byName.get([username]))
    const found = await this.#byName.all([username, this.normalizeUsername(username)])
    const users = found.map(row => this.#toUser(row))
    return users.find(user => user?.username === username) ?? users[0] ?? null
  }

  /** The spelling under which a name is stored. */
  normalizeUsername(username: string): string {
    return this.#columns.normalizeUsername(username)
  }

  /** True for a name of the form that Django asks for: see `isValidUsername`; an address where that is the name. */
  isValidUsername(username: string): boolean {
    return this.table.hasEmailNames ? isMailAddress(username) : isValidUsername(username)
  }

  /**
   * Creates an account. The name's form and the password's strength are for the form to check: see `validatePassword`.
   *
   * @throws {UserExistsError} with status 409 when the name is taken, by another request a moment ago too.
   */
  async createUser(fields: NewUser): Promise<User> {
    const username = this.normalizeUsername(fields.username)
    if (!isStorable(username)) throw new TypeError('A user name holds no NUL and no half of a surrogate pair.')
    // Before the hash, so that a field of the wrong type costs none.
    const account = this.#columns.toInsert(fields, this.#clock())
    const password = await this.#passwords.make(fields.password ?? null)
    const values = new Map([...account, ...this.#columns.toValues({ password })])
    const columns = [...values.keys()]
    const places = columns.map(() => '?').join(', ')
    const insert = this.#database.prepare(
      `INSERT INTO ${this.#columns.table} (${columns.join(', ')}) VALUES (${places})`,
    )
    await this.#unlessTaken(username, null, insert.run([...values.values()]))
    return (await this.getByUsername(username)) as User
  }

  /** Creates an account that may do everything. */
  createSuperuser(fields: NewUser): Promise<User> {
    const isStaff = this.table.columns.isStaff === null ? {} : { isStaff: true }
    return this.createUser({ ...fields, ...isStaff, isSuperuser: true })
  }

  /**
   * Changes fields of an account and resolves its new state; `null` when the account is gone.
   *
   * @throws {UserExistsError} with status 409 when the new name is taken.
   */
  async update(id: UserId, changes: UserChanges): Promise<User | null> {
    const values = this.#columns.toUpdate(changes)
    const name = changes.username ?? (this.table.hasEmailNames ? changes.email : undefined)
    if (values.size > 0) await this.#unlessTaken(name ?? '', id, this.#update(id, values))
    return this.get(id)
  }

  /** Changes columns of one account, if it still has the values `held`; resolves how many accounts it found. */
  async #update(id: UserId, values: ColumnValues, held: ColumnValues = new Map()): Promise<number> {
    const parameter = this.#columns.idParameter(id)
    if (parameter === null) return 0
    const assignments = [...values.keys()].map(column => `${column} = ?`).join(', ')
    const conditions = [...held].map(([column, value]) => ` AND ${column} ${value === null ? 'IS NULL' : '= ?'}`)
    const statement = this.#database.prepare(
      `UPDATE ${this.#columns.table} SET ${assignments} WHERE ${this.#columns.id} = ?${conditions.join('')}`,
    )
    return statement.run([...values.values(), parameter, ...[...held.values()].filter(value => value !== null)])
  }

  /** `own`: the account that may have the name; `null`: none. */
  async #unlessTaken<T>(username: string, own: UserId | null, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (error instanceof UniqueViolation && (await this.#isTaken(username, own))) throw new UserExistsError(username)
      throw error
    }
  }

  /** A table of the application's own may have other columns that hold nothing twice. */
  async #isTaken(username: string, own: UserId | null): Promise<boolean> {
    if (this.table.isDjangos) return true
    const found = await this.getByUsername(this.normalizeUsername(username))
    return found !== null && found.id !== own
  }

  /**
   * Deletes an account with its groups and permissions; false when there was none. Its sessions are nobody's from then on.
   *
   * @throws {ReferenceViolation} when rows of other tables refer to it. Nothing is deleted then.
   */
  async delete(id: UserId): Promise<boolean> {
    const parameter = this.#columns.idParameter(id)
    if (parameter === null) return false
    const { table, columns, links } = this.table.schema
    const isDeleted = await deleteWhole(this.#database, async work => {
      for (const name of links === null ? [] : [links.groups, links.permissions])
        await sql`DELETE FROM ${sql.table(name)} WHERE ${sql.ref(links?.userColumn ?? '')} = ${parameter}`.execute(work)
      const own = sql.ref(columns[0]?.name ?? '')
      const { numAffectedRows } = await sql`DELETE FROM ${sql.table(table)} WHERE ${own} = ${parameter}`.execute(work)
      return numAffectedRows === 1n
    })
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
  async setPassword(id: UserId, password: string | null): Promise<User | null> {
    const hash = await this.#passwords.make(password)
    await this.#update(id, this.#columns.toValues({ password: hash }))
    return this.get(id)
  }

  /** Only over the hash that was verified: a password changed meanwhile stays changed. */
  async #replaceHash(user: User, hash: string): Promise<void> {
    const { toValues } = this.#columns
    await this.#update(user.id, toValues({ password: hash }), toValues({ password: User.passwordHash(user) }))
  }

  /** Notes the moment of a login; Django's password reset tokens end with it. */
  async touchLastLogin(user: User): Promise<void> {
    const values = this.#columns.toValues({ lastLogin: this.#database.toColumnTime(this.#clock()) })
    if (values.size > 0) await this.#update(user.id, values)
  }

  /** What `AUTH_PASSWORD_VALIDATORS` have against a password; empty when it is good. */
  validatePassword(password: string, attributes: Partial<NewAccount> = {}): readonly PasswordProblem[] {
    return validatePassword(password, attributes, this.#settings.AUTH_PASSWORD_VALIDATORS)
  }

  /**
   * Accounts whose address is this one as far as the database can tell, without regard to case, the oldest first. Some fold more than case, and find
   * `é` for `e`: compare what they found.
   */
  async findByEmail(email: string, limit: number): Promise<readonly User[]> {
    const { id, select } = this.#columns
    const column = this.#columns.name('email')
    if (column === null) return []
    const match = {
      sqlite: `${column} = ? COLLATE NOCASE`,
      postgresql: `UPPER(${column}) = UPPER(?)`, // as Django asks, so that its index serves
      mysql: `${column} = ?`,
    }[this.#database.dialect]
    const statement = this.#database.prepare(`${select} WHERE ${match} ORDER BY ${id} LIMIT ${Math.trunc(limit)}`)
    return (await statement.all([email])).map(row => this.#toUser(row) as User)
  }

  /**
   * Gives an account a new password if it still is as it was seen: with that password and address, and active. `null` otherwise, with nothing changed:
   * of two who replace one password the first has won.
   */
  async replacePassword(seen: User, password: string): Promise<User | null> {
    const hash = await this.#passwords.make(password)
    const held = { password: User.passwordHash(seen), email: User.storedEmail(seen), isActive: true }
    const { toValues } = this.#columns
    if ((await this.#update(seen.id, toValues({ password: hash }), toValues(held))) === 0) return null
    const stored = await this.get(seen.id)
    return stored !== null && User.passwordHash(stored) === hash ? stored : null
  }
}
