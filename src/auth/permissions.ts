/**
 * What accounts may do: Django's permissions, given to accounts and to groups of them.
 *
 * Owns the tables `auth_permission`, `auth_group` and those between them and accounts. Leaves asking to `User` and guarding views to ./access.ts.
 */
import { type Database, UniqueViolation } from '../db/index.ts'
import { ConfigError } from '../kit/index.ts'
import type { User } from './user.ts'

/** A permission by its name: app and codename, as in Django. */
export type PermissionName = `${string}.${string}`

/** A permission that an application has, and `nuages migrate` creates. */
export interface PermissionDefinition {
  readonly app: string
  /** Of what: its permissions stand together in Django's admin. */
  readonly model: string
  readonly codename: string
  /** For people to read, in at most 255 characters. */
  readonly name: string
}

/** The four that Django has for every model. */
const modelActions = ['add', 'change', 'delete', 'view'] as const

/**
 * The permissions of a model, `modelPermissions('shop.product', { refund_product: 'Can take back a product' })`: `shop.add_product`, `change_`, `delete_`
 * and `view_` as Django has them, and others by codename.
 *
 * @throws {ConfigError} for names that Django could not keep.
 */
export function modelPermissions(
  model: PermissionName,
  others: Readonly<Record<string, string>> = {},
): readonly PermissionDefinition[] {
  const [app = '', name = ''] = model.split('.')
  if (!/^[a-z]\w{0,99}\.[a-z]\w{0,90}$/.test(model))
    throw new ConfigError(`"${model}" names no model.`, "Write app and model in lower case: 'shop.product'.")
  const standard = modelActions.map(action => [`${action}_${name}`, `Can ${action} ${name.replaceAll('_', ' ')}`])
  return [...standard, ...Object.entries(others)].map(([codename = '', text = '']) => {
    if (!/^\w{1,100}$/.test(codename) || text.length > 255)
      throw new ConfigError(
        `"${codename}" cannot name a permission.`,
        'Use letters, digits and _, at most 100 of them.',
      )
    return { app, model: name, codename, name: text }
  })
}

/** Of an account's own permissions and its groups'. */
const permissionsOfUser = `SELECT content.app_label AS app, permission.codename AS codename
FROM auth_permission permission JOIN django_content_type content ON content.id = permission.content_type_id
WHERE permission.id IN (
  SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?
  UNION SELECT granted.permission_id FROM auth_group_permissions granted
  JOIN auth_user_groups member ON member.group_id = granted.group_id WHERE member.user_id = ?)`

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

/** The permissions of an app and its groups: `app.permissions`. */
export class Permissions {
  readonly #database: Database
  readonly #ofUser: ReturnType<Database['prepare']>

  constructor(database: Database) {
    this.#database = database
    this.#ofUser = database.prepare(permissionsOfUser)
  }

  /** Those given to an account and to its groups, whatever else it is. `User.hasPerm` asks for them. */
  async ofUser(id: number): Promise<ReadonlySet<string>> {
    return new Set(((await this.#ofUser.all([id, id])) as NamedPermission[]).map(nameOf))
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
    for (const { app, model, codename, name } of definitions) {
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

  /** Gives an account a permission. No error when it has it. @throws {RangeError} for a permission that does not exist. */
  async grant(user: User, permission: PermissionName): Promise<void> {
    await this.#link('auth_user_user_permissions', { user_id: user.id, permission_id: await this.#idOf(permission) })
  }

  /** Takes it away; false when the account itself did not have it. */
  async revoke(user: User, permission: PermissionName): Promise<boolean> {
    const link = { user_id: user.id, permission_id: await this.#idOf(permission) }
    return this.#unlink('auth_user_user_permissions', link)
  }

  /** The group of that name; `null` when there is none. */
  async group(name: string): Promise<Group | null> {
    const query = this.#database.kysely.selectFrom('auth_group').select(['id', 'name']).where('name', '=', name)
    return (await query.executeTakeFirst()) ?? null
  }

  /** All groups, by name. */
  async groups(): Promise<readonly Group[]> {
    return this.#database.kysely.selectFrom('auth_group').select(['id', 'name']).orderBy('name').execute()
  }

  /** The group of that name, made when there is none. */
  async createGroup(name: string): Promise<Group> {
    if (name === '' || [...name].length > 150 || name.includes('\0'))
      throw new RangeError('A group has a name of 1 to 150 characters.')
    const insert = this.#database.kysely.insertInto('auth_group').values({ name }).execute()
    await unlessThere(insert, async () => (await this.group(name)) !== null)
    return (await this.group(name)) as Group
  }

  /** Deletes a group; its members lose what it gave them. False when there was none. */
  async deleteGroup({ id }: Group): Promise<boolean> {
    return this.#database.kysely.transaction().execute(async work => {
      await work.deleteFrom('auth_group_permissions').where('group_id', '=', id).execute()
      await work.deleteFrom('auth_user_groups').where('group_id', '=', id).execute()
      const [deleted] = await work.deleteFrom('auth_group').where('id', '=', id).execute()
      return Number(deleted?.numDeletedRows) === 1
    })
  }

  /** The groups of an account, by name. */
  async groupsOf(user: User): Promise<readonly Group[]> {
    return this.#database.kysely
      .selectFrom('auth_group')
      .innerJoin('auth_user_groups', 'auth_user_groups.group_id', 'auth_group.id')
      .select(['auth_group.id', 'auth_group.name'])
      .where('auth_user_groups.user_id', '=', user.id)
      .orderBy('auth_group.name')
      .execute()
  }

  /** Puts an account into a group. No error when it is in it. */
  async addToGroup(user: User, group: Group): Promise<void> {
    await this.#link('auth_user_groups', { user_id: user.id, group_id: group.id })
  }

  /** False when it was not in it. */
  async removeFromGroup(user: User, group: Group): Promise<boolean> {
    return this.#unlink('auth_user_groups', { user_id: user.id, group_id: group.id })
  }

  /** Gives all members of a group a permission. @throws {RangeError} for a permission that does not exist. */
  async grantToGroup(group: Group, permission: PermissionName): Promise<void> {
    await this.#link('auth_group_permissions', { group_id: group.id, permission_id: await this.#idOf(permission) })
  }

  /** False when the group did not have it. */
  async revokeFromGroup(group: Group, permission: PermissionName): Promise<boolean> {
    const link = { group_id: group.id, permission_id: await this.#idOf(permission) }
    return this.#unlink('auth_group_permissions', link)
  }

  async #idOf(permission: PermissionName): Promise<number> {
    const [app = '', codename = ''] = permission.split('.', 2)
    const row = await this.#database.kysely
      .selectFrom('auth_permission')
      .innerJoin('django_content_type', 'django_content_type.id', 'auth_permission.content_type_id')
      .select('auth_permission.id')
      .where('app_label', '=', app)
      .where('codename', '=', codename)
      .executeTakeFirst()
    if (row === undefined)
      throw new RangeError(`There is no permission ${permission}. Define it, and run nuages migrate.`)
    return row.id
  }

  /** The two columns are unique together. */
  async #link(table: LinkTable, link: Link): Promise<void> {
    const [one, other] = Object.keys(link) as [string, string]
    const insert = this.#database.prepare(`INSERT INTO ${table} (${one}, ${other}) VALUES (?, ?)`)
    await unlessThere(insert.run(Object.values(link)), async () => true)
  }

  async #unlink(table: LinkTable, link: Link): Promise<boolean> {
    const [one, other] = Object.keys(link) as [string, string]
    const remove = this.#database.prepare(`DELETE FROM ${table} WHERE ${one} = ? AND ${other} = ?`)
    return (await remove.run(Object.values(link))) === 1
  }
}

type LinkTable = 'auth_user_user_permissions' | 'auth_user_groups' | 'auth_group_permissions'
type Link = Readonly<Record<string, number>>

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
