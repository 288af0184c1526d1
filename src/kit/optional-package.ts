/**
 * Packages that an application installs itself, when a setting asks for one.
 *
 * Owns the message when one is missing. Loaded without a promise, so that what needs one opens without a promise, too.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { ConfigError } from './errors.ts'

const require = createRequire(import.meta.url)

/**
 * Loads a package. `setting`: the one that asks for it.
 *
 * @throws {ConfigError} with the command that installs it.
 */
export function loadOptionalPackage<Package>(name: string, setting: string): Package {
  return found(name, setting, () => require(name))
}

/**
 * The folder of a package that is not run, but whose files are served.
 *
 * @throws {ConfigError} with the command that installs it.
 */
export function findOptionalPackage(name: string, setting: string): string {
  return found(name, setting, () => dirname(require.resolve(`${name}/package.json`)))
}

function found<Value>(name: string, setting: string, find: () => Value): Value {
  try {
    return find()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause
    const problem = `${setting} asks for the package ${name}, which is not installed.`
    throw new ConfigError(problem, `Run: npm install ${name}`, { setting, cause })
  }
}
