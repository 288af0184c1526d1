/**
 * `nuages check`: what stands between this application and its visitors.
 */
import type { App } from '../app/index.ts'
import { DatabaseUnavailable } from '../db/index.ts'
import { deployProblems } from '../settings/index.ts'

/** A line for each problem, with its fix; none when all is well. `deploy` adds what only a production site has to have. */
export async function problemsOf(app: App, { deploy }: { readonly deploy: boolean }): Promise<readonly string[]> {
  const lines = await databaseProblems(app)
  if (!deploy) return lines
  return [...lines, ...deployProblems(app.settings).map(({ setting, problem, fix }) => `${setting}: ${problem} ${fix}`)]
}

async function databaseProblems(app: App): Promise<readonly string[]> {
  try {
    await app.database.ping()
    const pending = await app.pendingMigrations()
    return pending.length === 0 ? [] : [`The database lacks ${pending.join(', ')}. Run: nuages migrate`]
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return [error.detail]
    throw error
  }
}
