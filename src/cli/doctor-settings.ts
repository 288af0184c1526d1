/**
 * The settings that `nuages doctor` suggests.
 */
import type { Dialect } from '../db/index.ts'
import type { PasswordFacts } from './doctor-passwords.ts'
import type { Origin } from './doctor-tables.ts'
import { printable } from './doctor-text.ts'
import { defaultAge, type TimeFacts, zonesOf } from './doctor-time.ts'
import type { SuggestedUsers } from './doctor-users-definition.ts'

/** One line of the settings. `value` is JSON, or code for what must come from the environment. */
export interface SuggestedSetting {
  readonly name: string
  readonly value: unknown
  /** Code in place of the value. */
  readonly code?: string
  /** What the reader should know of it: where it was seen, or that it was not to be seen. */
  readonly note?: string
}

/** The block to paste into a `settings.ts`. */
export function settingsBlock(settings: readonly SuggestedSetting[]): string {
  const lines = settings.map(({ name, value, code = literal(value), note }) => {
    return `  ${name}: ${code},${note === undefined ? '' : ` // ${note}`}`
  })
  return ["import { defineSettings, env } from 'nuages'", '', 'export default defineSettings({', ...lines, '})'].join(
    '\n',
  )
}

/** The definition to paste beside the settings. */
export function usersBlock(users: SuggestedUsers): string {
  const lines = Object.entries(users).map(([name, value]) => `  ${name}: ${literal(value)},`)
  return ["import { defineUsers } from 'nuages'", '', 'export const users = defineUsers({', ...lines, '})'].join('\n')
}

/** A value as this house writes it. */
function literal(value: unknown): string {
  if (typeof value === 'string') return /^[ -&(-[\]-~]*$/.test(value) ? `'${value}'` : JSON.stringify(printable(value))
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${literal(item)}`)
      .join(', ')} }`
  }
  return typeof value === 'number' && value >= 10_000
    ? String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_')
    : String(value)
}

/** What the look-ups have told. */
export interface SiteFacts {
  readonly origin: Origin
  readonly passwords: PasswordFacts
  readonly time: TimeFacts | null
  readonly dialect: Dialect
}

/** The version to name when none can be told: the current LTS. */
const likelyVersion = '5.2'

/** The lines that this site needs. */
export function suggestSettings({
  origin,
  passwords: { djangoVersion, hashers },
  time,
  dialect,
}: SiteFacts): readonly SuggestedSetting[] {
  const settings: SuggestedSetting[] = [
    { name: 'SECRET_KEY', value: null, code: "env('SECRET_KEY')", note: 'the one of the Django site' },
    { name: 'DATABASE_URL', value: null, code: "env('DATABASE_URL')", note: 'instead of DATABASES' },
  ]
  if (!origin.byDjango) return settings
  settings.push(
    djangoVersion === null
      ? { name: 'DJANGO_VERSION', value: likelyVersion, note: 'NOT SEEN: what python -m django --version says' }
      : {
          name: 'DJANGO_VERSION',
          value: djangoVersion,
          note: 'as the passwords have it; with its patch if the site signs cookies',
        },
  )
  if (hashers !== null) settings.push({ name: 'PASSWORD_HASHERS', value: hashers, note: "compare it with the site's" })
  settings.push(...zoneSettings(time, dialect))
  if (time?.age != null && time.age !== defaultAge) settings.push({ name: 'SESSION_COOKIE_AGE', value: time.age })
  return [...settings, { name: 'ALLOWED_HOSTS', value: ['example.com'], note: 'those of the site' }]
}

function zoneSettings(time: TimeFacts | null, dialect: Dialect): readonly SuggestedSetting[] {
  const offsets = time?.offsets ?? []
  if (offsets.some(({ seconds }) => seconds !== 0)) {
    const zone = zonesOf(offsets)[0] ?? 'UTC'
    return [
      { name: 'USE_TZ', value: false, note: 'the columns hold local time' },
      { name: 'TIME_ZONE', value: zone, note: "one that fits: take the site's own" },
    ]
  }
  const isSeen = offsets.length > 0
  return [
    { name: 'USE_TZ', value: true, note: isSeen ? 'the columns hold UTC' : "NOT SEEN: copy the site's line" },
    {
      name: 'TIME_ZONE',
      value: 'UTC',
      note:
        dialect === 'postgresql' || isSeen
          ? "copy the site's line: links to reset a password depend on it"
          : "NOT SEEN: copy the site's line",
    },
  ]
}
