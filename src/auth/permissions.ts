/**
 * What accounts may do: Django's permissions, given to accounts and to groups of them.
 *
 * Owns the tables `auth_permission`, `auth_group` and those between them and accounts. Leaves asking to `User` and guarding views to ./access.ts.
 */
import { type Database, quoteName, sql, UniqueViolation } from '../db/index.ts'
import { ConfigError } from '../kit/index.ts'
import type { UserId } from './account-types.ts'
import { deleteWhole } from './delete-whole.ts'
import type { PermissionDefinition, PermissionName } from './model-permissions.ts'
import type { User } from './user.ts'
import { djangoUsers, type UsersTable } from './users-table.ts'
import { isStorable, UserColumns } from './users-table-columns.ts'

interface NamedPermission {
  readonly app: string
  readonly codename: string
}

const nameOf = ({ app, codename }: NamedPermission): PermissionName => `${app}.${codename}`

/** A group of accounts. */
export interface Group {
  readonly id: number
  readonly name: string
}

/** The permissions of an app and its groups: `app.users.permissions`. */
export class Permissions {
  readonly #database: Database
  readonly #columns: UserColumns
  readonly #ofUser: ReturnType<Database['prepare']>

  /** `users`: from `defineUsers`. Default: `auth_user`. */
  constructor(database: Database, users: UsersTable = djangoUsers) {
    this.#database = database
    this.#columns = new UserColumns(database, users)
    this.#ofUser = database.prepare(this.#statementOfUser())
  }

  /** Of an account's own permissions and its groups'. */
  #statementOfUser(): string {
    const { groups, permissions, userColumn } = this.#columns.users.schema.links ?? djangoUsers.schema.links ?? {}
    const [memberships, grants, user] = [groups, permissions, userColumn].map(name =>
      quoteName(this.#database.dialect, name ?? ''),
    )
    return `SELECT content.app_label AS app, permission.codename AS codename
FROM auth_permission permission JOIN django_content_type content ON content.id = permission.content_type_id
WHERE permission.id IN (
  SELECT permission_id FROM ${grants} WHERE ${user} = ?
  UNION SELECT granted.permission_id FROM auth_group_permissions granted
  JOIN ${memberships} member ON member.group_id = granted.group_id WHERE member.${user} = ?)`
  }

  /** Those given to an account and to its groups, whatever else it is. `User.hasPerm` asks for them. */
  async ofUser(id: UserId): Promise<ReadonlySet<string>> {
    const parameter = this.#columns.idParameter(id)
    if (parameter === null || this.#columns.users.schema.links === null) return new Set()
    return new Set(((await this.#ofUser.all([parameter, parameter])) as NamedPermission[]).map(nameOf))
  }

  /** Every permission there is: those of a superuser. */
  async all(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.kysely
      .selectFrom('auth_permission')
      .innerJoin('django_content_type', 'django_content_type.id', 'auth_permission.content_type_id')
      .select(['app_label as app', 'codename'])
      .execute()
    return new Set(rows.map(nameOf))
  }

  /** Creates those that are missing, with Django's content types. Safe to run twice, and at once. Resolves the names of the new ones. */
  async define(definitions: readonly PermissionDefinition[]): Promise<readonly PermissionName[]> {
    const created: PermissionName[] = []
    if (definitions.length === 0) return created
    // An INSERT that is refused takes a number from the database's count all the same: only the missing are tried.
    const missing = new Set(await this.missing(definitions))
    for (const { app, model, codename, name } of definitions) {
      if (!missing.has(`${app}.${codename}`)) continue
      const content_type_id = await this.#contentType(app, model)
      const { kysely } = this.#database
      const isNew = await unlessThere(
        kysely.insertInto('auth_permission').values({ content_type_id, codename, name }).execute(),
        async () =>
          (await kysely
            .selectFrom('auth_permission')
            .select('id')
            .where('content_type_id', '=', content_type_id)
            .where('codename', '=', codename)
            .executeTakeFirst()) !== undefined,
      )
      if (isNew) created.push(`${app}.${codename}`)
    }
    return created
  }

  async #contentType(app_label: string, model: string): Promise<number> {
    const { kysely } = this.#database
    const find = (): Promise<{ id: number } | undefined> =>
      kysely
        .selectFrom('django_content_type')
        .select('id')
        .where('app_label', '=', app_label)
        .where('model', '=', model)
        .executeTakeFirst()
    const found = await find()
    if (found !== undefined) return found.id
    await unlessThere(
      kysely.insertInto('django_content_type').values({ app_label, model }).execute(),
      async () => (await find()) !== undefined,
    )
    return (await find())?.id as number
  }

  /** Those of `definitions` that `define` would create. */
  async missing(definitions: readonly PermissionDefinition[]): Promise<readonly PermissionName[]> {
    const known = await this.all()
    return definitions.map(nameOf).filter(name => !known.has(name))
  }

  /**
   * Gives an account a permission. No error when it has it.
   *
   * @throws {RangeError} for a permission that does not exist, {ReferenceViolation} for an account that is gone.
   */
  async grant(user: User, permission: PermissionName): Promise<void> {
    const { link, id } = this.#accountLink('permissions', user)
    await this.#link(link, [id, ...(await this.#idsOf(permission)).slice(0, 1)])
  }

  /** Takes it away; false when the account itself did not have it. @throws {RangeError} for a permission that does not exist. */
  async revoke(user: User, permission: PermissionName): Promise<boolean> {
    const { link, id } = this.#accountLink('permissions', user)
    return this.#unlink(link, id, await this.#idsOf(permission))
  }

  /** The group of that name; `null` when there is none. */
  async group(name: string): Promise<Group | null> {
    if (!isStorable(name)) return null
    const query = this.#database.kysely.selectFrom('auth_group').select(['id', 'name']).where('name', '=', name)
    return (await query.executeTakeFirst()) ?? null
  }

  /** All groups, by name. */
  async groups(): Promise<readonly Group[]> {
    return this.#database.kysely.selectFrom('auth_group').select(['id', 'name']).orderBy('name').execute()
  }

  /** The group of that name, made when there is none. */
  async createGroup(name: string): Promise<Group> {
    if (name === '' || [...name].length > 150 || !isStorable(name))
      throw new RangeError('A group has a name of 1 to 150 characters.')
    const insert = this.#database.kysely.insertInto('auth_group').values({ name }).execute()
    await unlessThere(insert, async () => (await this.group(name)) !== null)
    return (await this.group(name)) as Group
  }

  /** Deletes a group; its members lose what it gave them. False when there was none. */
  async deleteGroup({ id }: Group): Promise<boolean> {
    const { links } = this.#columns.users.schema
    return deleteWhole(this.#database, async work => {
      await work.deleteFrom('auth_group_permissions').where('group_id', '=', id).execute()
      if (links !== null) await sql`DELETE FROM ${sql.table(links.groups)} WHERE group_id = ${id}`.execute(work)
      const [deleted] = await work.deleteFrom('auth_group').where('id', '=', id).execute()
      return Number(deleted?.numDeletedRows) === 1
    })
  }

  /** The groups of an account, by name. */
  async groupsOf(user: User): Promise<readonly Group[]> {
    const { links } = this.#columns.users.schema
    if (links === null) return []
    const { rows } = await sql<Group>`SELECT found.id, found.name FROM auth_group found
      JOIN ${sql.table(links.groups)} member ON member.group_id = found.id
      WHERE member.${sql.ref(links.userColumn)} = ${this.#columns.idParameter(user.id)} ORDER BY found.name`.execute(
      this.#database.kysely,
    )
    return rows
  }

  /** Puts an account into a group. No error when it is in it. @throws {ReferenceViolation} when the account or the group is gone. */
  async addToGroup(user: User, group: Group): Promise<void> {
    const { link, id } = this.#accountLink('groups', user)
    await this.#link(link, [id, group.id])
  }

  /** False when it was not in it. */
  async removeFromGroup(user: User, group: Group): Promise<boolean> {
    const { link, id } = this.#accountLink('groups', user)
    return this.#unlink(link, id, [group.id])
  }

  /**
   * Gives all members of a group a permission.
   *
   * @throws {RangeError} for a permission that does not exist, {ReferenceViolation} for a group that is gone.
   */
  async grantToGroup(group: Group, permission: PermissionName): Promise<void> {
    await this.#link(groupPermissions, [group.id, ...(await this.#idsOf(permission)).slice(0, 1)])
  }

  /** False when the group did not have it. @throws {RangeError} for a permission that does not exist. */
  async revokeFromGroup(group: Group, permission: PermissionName): Promise<boolean> {
    return this.#unlink(groupPermissions, group.id, await this.#idsOf(permission))
  }

  /** Of each model of the app that has it: Django's own names can stand for two. */
  async #idsOf(permission: PermissionName): Promise<readonly number[]> {
    const dot = permission.indexOf('.')
    const rows = await this.#database.kysely
      .selectFrom('auth_permission')
      .innerJoin('django_content_type', 'django_content_type.id', 'auth_permission.content_type_id')
      .select(['auth_permission.id', 'app_label as app', 'codename'])
      .where('app_label', '=', permission.slice(0, dot))
      .where('codename', '=', permission.slice(dot + 1))
      .orderBy('auth_permission.id')
      .execute()
    // MySQL compares without case, whoever asks does not.
    const ids = rows.filter(row => nameOf(row) === permission).map(({ id }) => id)
    if (ids.length > 0) return ids
    throw new RangeError(`There is no permission ${permission}. Define it, and run nuages migrate.`)
  }

  /** @throws {ConfigError} for accounts that have neither groups nor permissions. */
  #accountLink(to: 'groups' | 'permissions', user: User): { readonly link: Link; readonly id: string | number } {
    const { links, table } = this.#columns.users.schema
    if (links === null)
      throw new ConfigError(
        `The accounts of ${table} have no groups and permissions.`,
        'Leave `groups` out of defineUsers.',
      )
    const other = to === 'groups' ? 'group_id' : 'permission_id'
    return {
      link: { table: links[to], one: links.userColumn, other },
      id: this.#columns.idParameter(user.id) ?? '',
    }
  }

  #quoted(name: string): string {
    return quoteName(this.#database.dialect, name)
  }

  /** The two columns are unique together. */
  async #link({ table, one, other }: Link, values: readonly (string | number)[]): Promise<void> {
    const [into, columns] = [this.#quoted(table), [one, other].map(name => this.#quoted(name)).join(', ')]
    const insert = this.#database.prepare(`INSERT INTO ${into} (${columns}) VALUES (?, ?)`)
    await unlessThere(insert.run(values), async () => true)
  }

  async #unlink({ table, one, other }: Link, id: string | number, others: readonly number[]): Promise<boolean> {
    const places = others.map(() => '?').join(', ')
    const remove = this.#database.prepare(
      `DELETE FROM ${this.#quoted(table)} WHERE ${this.#quoted(one)} = ? AND ${this.#quoted(other)} IN (${places})`,
    )
    return (await remove.run([id, ...others])) > 0
  }
}

/** A table of pairs. */
interface Link {
  readonly table: string
  readonly one: string
  readonly other: string
}

const groupPermissions: Link = { table: 'auth_group_permissions', one: 'group_id', other: 'permission_id' }

/** False when it was there already, or another request was first: `isThere` tells that from other failures. */
async function unlessThere(insert: Promise<unknown>, isThere: () => Promise<boolean>): Promise<boolean> {
  try {
    await insert
    return true
  } catch (error) {
    if (error instanceof UniqueViolation && (await isThere())) return false
    throw error
  }
}
