/**
 * `nuages doctor`: looks at the database of a Django site, and says what Nuages beside it needs.
 *
 * Owns the order of the look-ups, and what happens when one is refused. Leaves each look-up to its own file. Nothing is written, and nothing that is
 * secret is kept or printed: no hash, no session, no key.
 */
import { existsSync } from 'node:fs'
import { createColumnTime, DatabaseUnavailable, openReadOnly, type ReadOnlyDatabase } from '../db/index.ts'
import { ConfigError } from '../kit/index.ts'
import { env, envSettings } from '../settings/index.ts'
import { envFile } from './app-file.ts'
import { type Catalog, otherSchemas, readCatalog } from './doctor-catalog.ts'
import { type Accounts, checkPasswords, type PasswordFacts, readAccounts } from './doctor-passwords.ts'
import { Findings, type Report, type Subject, several } from './doctor-report.ts'
import { checkRights } from './doctor-rights.ts'
import type { Keys } from './doctor-session-text.ts'
import { checkSessions, readOwners, readSessions, type Sessions, secondsOf, timeEvidence } from './doctor-sessions.ts'
import type { SuggestedSetting } from './doctor-settings.ts'
import { checkMigrations, checkTables, type Origin } from './doctor-tables.ts'
import { defaultAge, inferTime, type TimeFacts, zonesOf } from './doctor-time.ts'
import { checkUsersTable, type UsersTable } from './doctor-users.ts'
import { CommandFailed } from './errors.ts'

export interface DoctorOptions {
  /** Default: `DATABASE_URL` of the environment. */
  readonly database?: string
  /** Name of the variable with the site's key. */
  readonly secretKeyEnv: string
}

/** Looks, and resolves what was found. @throws {CommandFailed} when there is nothing to look at, with what to do. */
export async function examine({ database: url, secretKeyEnv }: DoctorOptions): Promise<Report> {
  if (existsSync(envFile)) process.loadEnvFile(envFile)
  const database = open(url ?? env('DATABASE_URL', ''))
  try {
    return await new Examination(database, readKeys(secretKeyEnv), secretKeyEnv).run()
  } catch (error) {
    throw error instanceof DatabaseUnavailable ? new CommandFailed(unavailable(error)) : error
  } finally {
    // A server that does not answer would not answer to the end of the connection either.
    await Promise.race([database.close(), new Promise(resolve => setTimeout(resolve, closeMs))])
  }
}

const closeMs = 1000

function open(url: string): ReadOnlyDatabase {
  if (url === '') {
    throw new CommandFailed(
      "Name the site's database: nuages doctor --database postgres://user:password@host:5432/name. Or set DATABASE_URL, which keeps the password out of the list of processes.",
    )
  }
  return openReadOnly(url)
}

/** The key, then the former ones. */
function readKeys(name: string): Keys {
  const key = env(name, '')
  return key === '' ? [] : [key, ...(envSettings().SECRET_KEY_FALLBACKS ?? [])]
}

const advice: Readonly<Partial<Record<DatabaseUnavailable['reason'], string>>> = {
  refused: 'Check user, password and name of the database in the URL.',
  unreachable: 'Is the server running, and are host and port of the URL right?',
  locked: 'Somebody is changing a table just now: try again later.',
}

function unavailable({ reason, detail }: DatabaseUnavailable): string {
  return [detail, advice[reason]].filter(Boolean).join(' ')
}

/** What the look-ups tell each other. */
class Examination {
  readonly #database: ReadOnlyDatabase
  readonly #keys: Keys
  readonly #keyName: string
  readonly #findings = new Findings()

  constructor(database: ReadOnlyDatabase, keys: Keys, keyName: string) {
    this.#database = database
    this.#keys = keys
    this.#keyName = keyName
  }

  async run(): Promise<Report> {
    const catalog = await readCatalog(this.#database)
    if (!catalog.has('django_migrations') && !catalog.has('django_session') && !catalog.has('auth_user')) {
      await this.#notDjangos(catalog)
      return this.#report([])
    }
    return this.#report(await this.#site(catalog))
  }

  #report(settings: readonly SuggestedSetting[]): Report {
    const { all, failed } = this.#findings
    return { database: this.#database.label, ok: !failed, findings: all, settings }
  }

  async #notDjangos(catalog: Catalog): Promise<void> {
    const schemas = await otherSchemas(this.#database)
    if (schemas.length > 0) {
      const fix = `Choose it in the URL: ?options=-c%20search_path%3D${encodeURIComponent(schemas[0] ?? '')}`
      this.#findings.fail(
        'Tables',
        `Django's tables are in the schema ${several(schemas)}, which is not the current one.`,
        fix,
      )
    } else if (catalog.size === 0) {
      const fix =
        "Is it the right one, and may this user see its tables? For a new site run the site's manage.py migrate, or nuages migrate."
      this.#findings.fail('Tables', 'The database is empty.', fix)
    } else {
      const text = `This is no database of Django's: it has ${several([...catalog.keys()].sort())}, and neither django_migrations nor auth_user.`
      this.#findings.fail(
        'Tables',
        text,
        'Check the name of the database in the URL. For a site without Django run nuages migrate.',
      )
    }
  }

  async #site(catalog: Catalog): Promise<readonly SuggestedSetting[]> {
    const { dialect } = this.#database
    checkTables(this.#findings, dialect, catalog)
    const origin = (await this.#try('Tables', 'django_migrations', () =>
      checkMigrations(this.#findings, this.#database, catalog),
    )) ?? { byDjango: true }
    const users = checkUsersTable(this.#findings, dialect, catalog)
    const accounts = users && (await this.#try('Passwords', users.name, () => readAccounts(this.#database, users)))
    const passwords = accounts ? checkPasswords(this.#findings, accounts) : { djangoVersion: null, hashers: null }
    const time = catalog.has('django_session') ? await this.#sessions(users, accounts) : null
    await this.#try('Rights', 'the rights of this user', () =>
      checkRights(this.#findings, this.#database, { catalog, users }),
    )
    return suggest({ origin, passwords, time, dialect })
  }

  /** `null` when it was refused, which is a finding. A database that does not answer any more ends everything. */
  async #try<T>(subject: Subject, name: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (
        error instanceof TypeError ||
        error instanceof RangeError ||
        error instanceof ConfigError ||
        !(error instanceof Error)
      )
        throw error
      if (error instanceof DatabaseUnavailable && error.reason !== 'locked') throw error
      const reason = error instanceof DatabaseUnavailable ? error.detail : error.message
      this.#findings.fail(
        subject,
        `${name} could not be read: ${reason.replace(/\.$/, '')}.`,
        `Give this user the right to: GRANT SELECT ON ${name}.`,
      )
      return null
    }
  }

  async #sessions(users: UsersTable | null, accounts: Accounts | null): Promise<TimeFacts | null> {
    const findings = this.#findings
    const sessions = await this.#try('Sessions', 'django_session', () => readSessions(this.#database, this.#keys))
    if (sessions === null) return null
    const owners =
      (users && (await this.#try('Sessions', users.name, () => readOwners(this.#database, users, sessions)))) ??
      new Map()
    const time = createColumnTime(this.#database.dialect)
    const toSeconds = (column: unknown): number | null => secondsOf(time, column)
    const logins = (accounts?.rows ?? []).flatMap(({ last_login }) => toSeconds(last_login) ?? [])
    const newestLogin = logins.length > 0 ? Math.max(...logins) : null
    checkSessions({ findings, sessions, owners, keys: this.#keys, keyName: this.#keyName, newestLogin })
    return this.#time(sessions, owners, toSeconds)
  }

  #time(
    sessions: Sessions,
    owners: Parameters<typeof timeEvidence>[1],
    toSeconds: (column: unknown) => number | null,
  ): TimeFacts {
    const isFixed = this.#database.dialect === 'postgresql'
    const time = inferTime(timeEvidence(sessions, owners, toSeconds), { isFixed })
    if (isFixed) this.#findings.ok('Time', 'The columns know their zone: sessions are right with any USE_TZ.')
    else describeZone(this.#findings, time)
    if (time.age !== null && time.age !== defaultAge) {
      this.#findings.ok(
        'Time',
        `Sessions live for ${time.age.toLocaleString('en')} seconds: the site's SESSION_COOKIE_AGE.`,
      )
    }
    return time
  }
}

function describeZone(findings: Findings, { offsets }: TimeFacts): void {
  const known = [...new Set(offsets.map(({ seconds }) => seconds))]
  const copy =
    'Copy USE_TZ and TIME_ZONE from the settings of the site. With wrong ones sessions end hours early or late.'
  if (known.length === 0)
    findings.warn('Time', 'In which zone the columns are cannot be seen: there are too few sessions.', copy)
  else if (known.every(seconds => seconds === 0))
    findings.ok('Time', 'The columns hold UTC: USE_TZ is True, or TIME_ZONE is UTC.')
  else {
    const names = zonesOf(offsets)
    const shown = known.map(offsetText).join(' and ')
    findings.warn(
      'Time',
      `The columns hold local time, ${shown} from UTC: USE_TZ is False, and TIME_ZONE one of ${several(names, 4)}.`,
      copy,
    )
  }
}

/** An offset as people write it: `+05:30`. */
function offsetText(seconds: number): string {
  const minutes = Math.abs(seconds) / 60
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

interface Facts {
  readonly origin: Origin
  readonly passwords: PasswordFacts
  readonly time: TimeFacts | null
  readonly dialect: ReadOnlyDatabase['dialect']
}

/** The version to name when none can be told: the current LTS. */
const likelyVersion = '5.2'

function suggest({ origin, passwords: { djangoVersion, hashers }, time, dialect }: Facts): readonly SuggestedSetting[] {
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

function zoneSettings(time: TimeFacts | null, dialect: Facts['dialect']): readonly SuggestedSetting[] {
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
