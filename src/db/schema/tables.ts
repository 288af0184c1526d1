/** Django's own tables, and ours, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely'

/** 0 or 1 from SQLite and MySQL, a boolean from PostgreSQL; booleans go in everywhere. */
type Flag = ColumnType<boolean | number, boolean, boolean>
/** Text from SQLite, a `Date` from the others; see `fromColumnTime`. Dates go in everywhere. */
type Time = ColumnType<string | Date, string | Date, string | Date>
type OptionalTime = ColumnType<string | Date | null, string | Date | null, string | Date | null>

/** The tables that `migrateDjangoTables` makes. No column has a default in the database, `id` apart. */
export interface DjangoTables {
  auth_group: { id: Generated<number>; name: string }
  auth_group_permissions: { id: Generated<number>; group_id: number; permission_id: number }
  auth_permission: { id: Generated<number>; name: string; content_type_id: number; codename: string }
  auth_user: {
    id: Generated<number>
    password: string
    last_login: OptionalTime
    is_superuser: Flag
    username: string
    first_name: string
    last_name: string
    email: string
    is_staff: Flag
    is_active: Flag
    date_joined: Time
  }
  auth_user_groups: { id: Generated<number>; user_id: number; group_id: number }
  auth_user_user_permissions: { id: Generated<number>; user_id: number; permission_id: number }
  django_content_type: { id: Generated<number>; app_label: string; model: string }
  django_migrations: { id: Generated<number>; app: string; name: string; applied: Time }
  django_session: { session_key: string; session_data: string; expire_date: Time }
}

export type DjangoTable = keyof DjangoTables

/** The tables that `migrateSessionIndex` (who is logged in where), `migrateLoginThrottle` (who failed to) and `migrateVerifiedEmails` make. */
export interface NuagesTables {
  nuages_login_throttle: { name: string; taken: number; ends: ColumnType<number | string, number, number> }
  nuages_session: {
    /** The key that leads to the session. Secret. */
    session_key: string
    /** What the session is called in public. While a session moves to another key it stands here twice. */
    id: string
    /** A number in tables of earlier releases. */
    user_id: ColumnType<string | number, string, string>
    device: string
    address: string | null
    created: Time
    last_seen: Time
    expires: Time
  }
  /** The address that an account has shown to be its own. It counts as long as the account has it. */
  nuages_verified_email: {
    user_id: string
    email: string
    verified: ColumnType<number | string, number, number>
  }
}
