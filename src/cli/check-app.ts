/**
 * `nuages check`: what stands between this application and its visitors.
 */
import type { App } from '../app/index.ts'
import { DatabaseUnavailable } from '../db/index.ts'
import { RedisUnavailable } from '../redis/index.ts'
import { type DeployProblem, deployProblems, type Settings } from '../settings/index.ts'
import { CommandFailed } from './errors.ts'

/** A line for each problem, with its fix; none when all is well. `deploy` adds what only a production site has to have. */
export async function problemsOf(app: App, { deploy }: { readonly deploy: boolean }): Promise<readonly string[]> {
  const lines = [...(await databaseProblems(app)), ...(await sessionProblems(app))]
  if (!deploy) return lines
  return [...lines, ...deployProblems(app.settings).map(lineOf)]
}

/** A line for each declared operation of which `nuages openapi` cannot say everything: where, and what to do. They stop nobody. */
export function apiNotes(app: App): readonly string[] {
  return app.describeApi({ prefix: null }).notes
}

/** What no stranger may ever meet; what else a site lacks, `check --deploy` lists. @throws {CommandFailed} with a line for each problem. */
export function requireProduction(settings: Settings): void {
  const refused = deployProblems(settings).filter(problem => problem.refused)
  if (refused.length > 0)
    throw new CommandFailed([...refused.map(lineOf), 'For development there is: nuages runserver'].join('\n'))
}

function lineOf({ setting, problem, fix }: DeployProblem): string {
  return `${setting}: ${problem} ${fix}`
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

/** Of the database `databaseProblems` tells. */
async function sessionProblems(app: App): Promise<readonly string[]> {
  try {
    await app.sessions.ping()
    return []
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return []
    if (error instanceof RedisUnavailable)
      return [`${error.detail.replace(/\.?$/, '.')} Start it, or correct REDIS_URL.`]
    throw error
  }
}
