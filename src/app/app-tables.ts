/**
 * The tables of an app: Django's, those of Nuages's own that its settings ask for, the application's, and the permissions in them.
 */
import type { Migration } from 'kysely/migration'
import { hasSessionIndex, type PermissionDefinition, type Users } from '../auth/index.ts'
import {
  type AccountsOptions,
  type Database,
  migrateApplication,
  migrateDjangoTables,
  migrateLoginThrottle,
  migrateSessionIndex,
  migrateVerifiedEmails,
  pendingMigrations,
} from '../db/index.ts'
import type { Settings } from '../settings/index.ts'

export interface AppTablesOptions {
  readonly settings: Settings
  readonly database: Database
  readonly users: Users
  readonly migrations: Readonly<Record<string, Migration>>
  readonly permissions: readonly PermissionDefinition[]
}

export class AppTables {
  readonly #options: AppTablesOptions

  constructor(options: AppTablesOptions) {
    this.#options = options
  }

  /** See `App.migrate`. */
  async migrate(): Promise<readonly string[]> {
    const { database, settings, users, migrations, permissions } = this.#options
    const { created: djangoTables } = await migrateDjangoTables(database, this.#accounts)
    const { sessionIndex, loginThrottle, verifiedEmails } = ownTables(settings)
    const index = sessionIndex ? (await migrateSessionIndex(database, this.#accounts)).created : []
    const throttle = loginThrottle ? (await migrateLoginThrottle(database)).created : []
    const verified = verifiedEmails ? (await migrateVerifiedEmails(database)).created : []
    return [
      ...djangoTables,
      ...index,
      ...throttle,
      ...verified,
      ...(await migrateApplication(database, migrations)),
      ...(await users.permissions.define(permissions)),
    ]
  }

  /** See `App.pendingMigrations`. */
  async pending(): Promise<readonly string[]> {
    const { database, settings, users, migrations, permissions } = this.#options
    const asked = { ...ownTables(settings), ...this.#accounts }
    const pending = await pendingMigrations(database, migrations, asked)
    if (permissions.length === 0 || pending.includes('auth_permission')) return pending
    return [...pending, ...(await users.permissions.missing(permissions))]
  }

  /** The users table, where it is another than Django's. */
  get #accounts(): AccountsOptions {
    const { isDjangos, schema } = this.#options.users.table
    return { users: isDjangos ? null : schema }
  }
}

/** The tables of Nuages's own that the settings ask for. */
function ownTables(settings: Settings): Readonly<Record<'sessionIndex' | 'loginThrottle' | 'verifiedEmails', boolean>> {
  return {
    sessionIndex: hasSessionIndex(settings),
    loginThrottle: settings.LOGIN_THROTTLE_STORE === 'database',
    verifiedEmails: settings.EMAIL_VERIFICATION,
  }
}
