/** What Django's `migrate` knows of its apps: tables, migrations, models. Each list in the order that Django keeps. */
import type { DjangoTable } from './tables.ts'

/** One app of Django's. */
export interface DjangoApp {
  readonly app: string
  /** Table to its columns. */
  readonly tables: Readonly<Partial<Record<DjangoTable, readonly string[]>>>
  readonly migrations: readonly string[]
}

export const djangoApps: readonly DjangoApp[] = [
  {
    app: 'contenttypes',
    tables: { django_content_type: ['id', 'app_label', 'model'] },
    migrations: ['0001_initial', '0002_remove_content_type_name'],
  },
  {
    app: 'auth',
    tables: {
      auth_permission: ['id', 'name', 'content_type_id', 'codename'],
      auth_group: ['id', 'name'],
      auth_group_permissions: ['id', 'group_id', 'permission_id'],
      auth_user: [
        'id',
        'password',
        'last_login',
        'is_superuser',
        'username',
        'first_name',
        'last_name',
        'email',
        'is_staff',
        'is_active',
        'date_joined',
      ],
      auth_user_groups: ['id', 'user_id', 'group_id'],
      auth_user_user_permissions: ['id', 'user_id', 'permission_id'],
    },
    migrations: [
      '0001_initial',
      '0002_alter_permission_name_max_length',
      '0003_alter_user_email_max_length',
      '0004_alter_user_username_opts',
      '0005_alter_user_last_login_null',
      '0006_require_contenttypes_0002',
      '0007_alter_validators_add_error_messages',
      '0008_alter_user_username_max_length',
      '0009_alter_user_last_name_max_length',
      '0010_alter_group_name_max_length',
      '0011_update_proxy_permissions',
      '0012_alter_user_first_name_max_length',
    ],
  },
  {
    app: 'sessions',
    tables: { django_session: ['session_key', 'session_data', 'expire_date'] },
    migrations: ['0001_initial'],
  },
]

/** A row of `django_content_type`, and the model's name in its permissions. */
export interface DjangoModel {
  readonly app: string
  readonly model: string
  readonly verboseName: string
}

export const djangoModels: readonly DjangoModel[] = [
  { app: 'auth', model: 'permission', verboseName: 'permission' },
  { app: 'auth', model: 'group', verboseName: 'group' },
  { app: 'auth', model: 'user', verboseName: 'user' },
  { app: 'contenttypes', model: 'contenttype', verboseName: 'content type' },
  { app: 'sessions', model: 'session', verboseName: 'session' },
]

export const permissionActions = ['add', 'change', 'delete', 'view'] as const
