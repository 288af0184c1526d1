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

/** Threads of libuv's pool, where Node hashes passwords and reads files: `UV_THREADPOOL_SIZE` as libuv reads it, 4 when it is not set. */
export function poolThreads(environment: Environment = process.env): number {
  const text = environment.UV_THREADPOOL_SIZE
  return text === undefined ? 4 : Math.min(Math.max(Number.parseInt(text, 10) || 1, 1), 1024)
}

/** The environment of a program that this one starts: its own, and `more`. */
export function childEnvironment(more: Environment): Environment {
  return { ...process.env, ...more }
}
