/**
 * The drivers an application installs itself, when its `DATABASE_URL` asks for one.
 *
 * Owns the message when one is missing. Loaded without a promise, so that `openDatabase` needs none.
 */
import { createRequire } from 'node:module'
import { ConfigError } from '../kit/index.ts'

const require = createRequire(import.meta.url)

/**
 * Loads `pg` or `mysql2`.
 *
 * @throws {ConfigError} with the command that installs it.
 */
export function loadDriver<Driver>(name: 'pg' | 'mysql2'): Driver {
  try {
    return require(name)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause
    const problem = `DATABASE_URL asks for the package ${name}, which is not installed.`
    throw new ConfigError(problem, `Run: npm install ${name}`, { setting: 'DATABASE_URL', cause })
  }
}
