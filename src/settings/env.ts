/**
 * Settings from the environment.
 *
 * The only file that reads `process.env`.
 */
import { ConfigError } from '../kit/index.ts'
import { definitions, readSetting, type Settings } from './settings.ts'

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * One variable of the environment, or `fallback` when it is not set. Set but empty is set.
 *
 * @throws {ConfigError} when it is not set and there is no fallback.
 */
export function env(name: string, fallback?: string): string {
  const value = process.env[name] ?? fallback
  if (value !== undefined) return value
  throw new ConfigError(`The environment variable ${name} is not set.`, `Set it: ${name}=…`, { setting: name })
}

/**
 * Every setting that the environment holds by its own name, to spread into `defineSettings`.
 *
 * `true`, `false`, `1`, `0`; whole numbers; lists with commas, or as JSON; empty or `none` for null.
 *
 * @example
 * export default defineSettings({ LOGIN_URL: '/user/login/', ...envSettings() })
 *
 * @throws {ConfigError} for a value that cannot be read.
 */
export function envSettings(environment: Environment = process.env): Partial<Settings> {
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(definitions) as (keyof Settings)[]) {
    const text = environment[name]
    if (text !== undefined) values[name] = readSetting(name, definitions[name].kind.fromText(text), null)
  }
  return values
}

/** True when `NODE_ENV` is `production`. */
export function isProduction(environment: Environment = process.env): boolean {
  return environment.NODE_ENV === 'production'
}
