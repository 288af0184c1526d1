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
import { type Accounts, checkPasswords, readAccounts } from './doctor-passwords.ts'
import { Findings, type Report, type Subject } from './doctor-report.ts'
import { checkRights } from './doctor-rights.ts'
import type { Keys } from './doctor-session-text.ts'
import { checkSessions, readOwners, readSessions, secondsOf, timeEvidence } from './doctor-sessions.ts'
import { type SuggestedSetting, suggestSettings } from './doctor-settings.ts'
import { checkMigrations, checkTables, type Origin } from './doctor-tables.ts'
import { several } from './doctor-text.ts'
import { defaultAge, inferTime, type TimeFacts, zonesOf } from './doctor-time.ts'
import { checkUsersTable, type UsersTable } from './doctor-users.ts'
import { type SuggestedUsers, suggestUsers } from './doctor-users-definition.ts'
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
      return this.#report([], null)
    }
    return await this.#site(catalog)
  }

  #report(settings: readonly SuggestedSetting[], users: SuggestedUsers | null): Report {
    const { all, failed } = this.#findings
    return { database: this.#database.label, ok: !failed, findings: all, settings, users }
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

  async #site(catalog: Catalog): Promise<Report> {
    const { dialect } = this.#database
    checkTables(this.#findings, dialect, catalog)
    const origin = (await this.#try('Tables', 'django_migrations', () =>
      checkMigrations(this.#findings, this.#database, catalog),
    )) ?? { byDjango: true }
    const users = checkUsersTable(this.#findings, dialect, catalog)
    const accounts = users && (await this.#try('Passwords', users.name, () => readAccounts(this.#database, users)))
    const passwords = accounts ? checkPasswords(this.#findings, accounts) : { djangoVersion: null, hashers: null }
    const time = catalog.has('django_session') ? await this.#sessions({ users, accounts, origin }) : null
    await this.#try('Rights', 'the rights of this user', () =>
      checkRights(this.#findings, this.#database, { catalog, users }),
    )
    return this.#report(suggestSettings({ origin, passwords, time, dialect }), users && suggestUsers(catalog, users))
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

  async #sessions({ users, accounts, origin }: Known): Promise<TimeFacts | null> {
    const findings = this.#findings
    const sessions = await this.#try('Sessions', 'django_session', () => readSessions(this.#database, this.#keys))
    if (sessions === null) return null
    // Who may not read the accounts has been told so.
    const readable = accounts === null ? null : users
    const owners =
      (readable &&
        (await this.#try('Sessions', readable.name, () => readOwners(this.#database, readable, sessions)))) ??
      new Map()
    const time = createColumnTime(this.#database.dialect)
    const toSeconds = (column: unknown): number | null => secondsOf(time, column)
    const logins = (accounts?.rows ?? []).flatMap(({ last_login }) => toSeconds(last_login) ?? [])
    const newestLogin = logins.length > 0 ? Math.max(...logins) : null
    checkSessions({ findings, sessions, owners, keys: this.#keys, keyName: this.#keyName, newestLogin })
    const isFixed = this.#database.dialect === 'postgresql'
    const facts = inferTime(timeEvidence(sessions, owners, toSeconds), { isFixed })
    if (origin.byDjango) describeTime(findings, facts, { isFixed })
    return facts
  }
}

interface Known {
  readonly users: UsersTable | null
  readonly accounts: Accounts | null
  readonly origin: Origin
}

function describeTime(findings: Findings, time: TimeFacts, { isFixed }: { readonly isFixed: boolean }): void {
  if (isFixed) findings.ok('Time', 'The columns know their zone: sessions are right with any USE_TZ.')
  else describeZone(findings, time)
  if (time.age !== null && time.age !== defaultAge) {
    const seconds = time.age.toLocaleString('en')
    findings.ok('Time', `Sessions live for ${seconds} seconds: the site's SESSION_COOKIE_AGE.`)
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
