/**
 * Settings that may name a route.
 */
import { ConfigError } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Resolver } from '../urls/index.ts'

const urlSettings = ['LOGIN_URL', 'LOGIN_REDIRECT_URL', 'LOGOUT_REDIRECT_URL'] as const

/** The settings with paths in place of names. @throws {ConfigError} for a name that no route has. */
export function withPaths(settings: Settings, resolver: Pick<Resolver<never>, 'reverse'>): Settings {
  const paths: Partial<Record<(typeof urlSettings)[number], string>> = {}
  for (const setting of urlSettings) {
    const value = settings[setting]
    if (value === null || value.includes('/')) continue
    try {
      paths[setting] = resolver.reverse(value)
    } catch (cause) {
      throw new ConfigError(
        `${setting} is neither a path nor the name of a route: ${value}.`,
        'Begin a path with a slash, or name a route so.',
        { setting, cause },
      )
    }
  }
  return Object.freeze({ ...settings, ...paths })
}
