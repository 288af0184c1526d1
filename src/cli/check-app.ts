/**
 * `nuages check`: what stands between this application and its visitors.
 */
import type { App } from '../app/index.ts'
import { DatabaseUnavailable, type DjangoTables } from '../db/index.ts'
import { deployProblems } from '../settings/index.ts'

/** Every table that users and sessions live in. */
const tables: readonly (keyof DjangoTables)[] = [
  'auth_group',
  'auth_group_permissions',
  'auth_permission',
  'auth_user',
  'auth_user_groups',
  'auth_user_user_permissions',
  'django_content_type',
  'django_migrations',
  'django_session',
]

/** A line for each problem, with its fix; none when all is well. `deploy` adds what only a production site has to have. */
export async function problemsOf(app: App, { deploy }: { readonly deploy: boolean }): Promise<readonly string[]> {
  const lines = await databaseProblems(app)
  if (!deploy) return lines
  return [...lines, ...deployProblems(app.settings).map(({ setting, problem, fix }) => `${setting}: ${problem} ${fix}`)]
}

async function databaseProblems(app: App): Promise<readonly string[]> {
  try {
    await app.database.ping()
    const present = new Set((await app.db.introspection.getTables()).map(({ name }) => name))
    const missing = tables.filter(name => !present.has(name))
    return missing.length === 0 ? [] : [`The database lacks ${missing.join(', ')}. Run: nuages migrate`]
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return [error.detail]
    throw error
  }
}
