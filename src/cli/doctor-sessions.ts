/**
 * Whether the sessions of a Django site can be shared: where they are, who signed them, in which form they are.
 *
 * Owns the sample and what it says. Leaves a single text to ./doctor-session-text.ts, the zone to ./doctor-time.ts.
 */
import { type ColumnTime, createColumnTime, type ReadOnlyDatabase } from '../db/index.ts'
import { saltedHmac } from '../signing/index.ts'
import { type AccountRow, quoted } from './doctor-passwords.ts'
import type { Findings } from './doctor-report.ts'
import { engineClassOf, type Keys, longestText, readSessionText, type SessionText } from './doctor-session-text.ts'
import { count, several } from './doctor-text.ts'
import type { LoginMoment, TimeEvidence } from './doctor-time.ts'
import type { UsersTable } from './doctor-users.ts'

/** How many sessions of each end are looked at: those that end last, and those that end next. */
const sampleSize = 100
/** Rows are counted up to here. */
const countable = 100_000
const day = 86_400
/** The one that Nuages knows. */
const modelBackend = 'django.contrib.auth.backends.ModelBackend'
const authHashSalt = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'

/** One row of the sample. */
export interface SampledSession extends SessionText {
  /** `expire_date` in seconds since the Unix epoch, read as if it were UTC; `null`: it is no time. */
  readonly expires: number | null
  readonly text: string
}

/** What was read of `django_session`. */
export interface Sessions {
  readonly rows: readonly SampledSession[]
  /** Up to `countable`, and one more when there are more. */
  readonly total: number
  readonly expired: number
}

interface Row {
  readonly text: string
  readonly ends: unknown
}

/** Reads a bounded sample; the keys of the sessions stay in the database. */
export async function readSessions(database: ReadOnlyDatabase, keys: Keys): Promise<Sessions> {
  const time = createColumnTime(database.dialect)
  const now = time.toColumnTime(Date.now())
  const counting = async (where: string, parameters: readonly string[]): Promise<number> => {
    const inner = `SELECT 1 FROM django_session ${where} LIMIT ${countable + 1}`
    return Number(
      (await database.query<{ n: unknown }>(`SELECT count(*) AS n FROM (${inner}) AS counted`, parameters))[0]?.n,
    )
  }
  const sample = (where: string, order: string, limit: number): Promise<readonly Row[]> =>
    database.query<Row>(
      `SELECT substr(session_data, 1, ${longestText + 1}) AS text, expire_date AS ends FROM django_session ${where}
        ORDER BY expire_date ${order} LIMIT ${limit}`,
      where === '' ? [] : [now],
    )
  const live = 'WHERE expire_date >= ?'
  const total = await counting('', [])
  const expired = await counting('WHERE expire_date < ?', [now])
  const isSmall = total <= countable && total - expired <= 2 * sampleSize
  const alive = isSmall
    ? await sample(live, 'DESC', 2 * sampleSize)
    : [...(await sample(live, 'DESC', sampleSize)), ...(await sample(live, 'ASC', sampleSize))]
  const rows = alive.length > 0 ? alive : await sample('', 'DESC', sampleSize)
  return {
    rows: rows.map(({ text, ends }) => ({ ...readSessionText(text, keys), text, expires: secondsOf(time, ends) })),
    total,
    expired,
  }
}

/** A column in seconds since the Unix epoch, read as if it were UTC; `null` for what is no time. */
export function secondsOf({ fromColumnTime }: ColumnTime, column: unknown): number | null {
  try {
    return fromColumnTime(column) / 1000
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** The accounts that the sampled sessions belong to. */
export async function readOwners(
  database: ReadOnlyDatabase,
  users: UsersTable,
  { rows }: Sessions,
): Promise<ReadonlyMap<string, AccountRow>> {
  const isPacked = database.dialect !== 'postgresql' && users.idColumnType === 'char(32)'
  const toColumn = (id: string): string => (isPacked ? id.replaceAll('-', '') : id)
  const isNumber = users.idType !== 'uuid'
  const ids = [...new Set(rows.flatMap(({ login }) => login?.userId ?? []))].filter(id => /^\d+$/.test(id) === isNumber)
  if (ids.length === 0) return new Map()
  const id = quoted(database.dialect, users.id)
  const columns = `${id} AS id, password, ${users.hasLastLogin ? 'last_login' : 'NULL AS last_login'}`
  const found = await database.query<AccountRow>(
    `SELECT ${columns} FROM ${quoted(database.dialect, users.name)} WHERE ${id} IN (${ids.map(() => '?').join(', ')})`,
    ids.map(toColumn),
  )
  const byColumn = new Map(found.map(row => [String(row.id), row]))
  return new Map(
    ids.flatMap(known => {
      const row = byColumn.get(toColumn(known))
      return row ? [[known, row] as const] : []
    }),
  )
}

export interface SessionCheck {
  readonly findings: Findings
  readonly sessions: Sessions
  readonly owners: ReadonlyMap<string, AccountRow>
  readonly keys: Keys
  /** Name of the variable with the key. */
  readonly keyName: string
  /** The newest `last_login` that was seen, in seconds, read as if it were UTC; `null`: none. */
  readonly newestLogin: number | null
}

/** Says what the sessions are like. */
export function checkSessions(check: SessionCheck): void {
  const { findings, sessions } = check
  const { rows, total, expired } = sessions
  const more = (number: number): string =>
    number > countable ? `more than ${countable.toLocaleString('en')} sessions` : count(number, 'session')
  findings.ok(
    'Sessions',
    `django_session holds ${more(total)}, ${expired > countable ? `more than ${countable.toLocaleString('en')}` : expired.toLocaleString('en')} of them expired.`,
  )
  if (expired > countable / 2)
    findings.warn(
      'Sessions',
      'Many expired sessions lie around.',
      'Run manage.py clearsessions, or nuages clearsessions, once a day.',
    )
  checkEngine(check)
  if (rows.length === 0) return
  checkForms(findings, rows)
  checkBackends(findings, rows)
  checkKey(check)
}

/** Logins without rows: the sessions are somewhere else. */
function checkEngine({ findings, sessions: { rows }, newestLogin }: SessionCheck): void {
  const newest = Math.max(...rows.flatMap(({ writtenAt }) => writtenAt ?? []), Number.NEGATIVE_INFINITY)
  const elsewhere =
    "Look at SESSION_ENGINE of the site: with 'cache', 'file' or 'signed_cookies' Nuages needs the same setting; with 'db' or 'cached_db' all is well."
  if (newestLogin === null) {
    if (rows.length === 0)
      findings.warn('Sessions', 'Nobody has logged in yet: which engine the site has cannot be seen.', elsewhere)
    return
  }
  // The columns may be in any zone.
  if (newest < newestLogin - day) {
    const last = Number.isFinite(newest) ? `since ${new Date(newest * 1000).toISOString().slice(0, 10)}` : 'at all'
    findings.warn(
      'Sessions',
      `Users have logged in, but no session was written ${last}: they are probably kept elsewhere.`,
      elsewhere,
    )
    return
  }
  findings.ok('Sessions', "Logins leave rows: the engine is 'db', or 'cached_db', which looks the same from here.")
}

function checkForms(findings: Findings, rows: readonly SampledSession[]): void {
  const number = (form: SampledSession['form']): number => rows.filter(row => row.form === form).length
  const of = (form: SampledSession['form']): string => `${number(form)} of ${rows.length} sampled`
  if (number('json') > 0) findings.ok('Sessions', `JSON, as it should be: ${of('json')}.`)
  if (number('pickle') > 0) {
    const fix =
      "Set SESSION_SERIALIZER to 'django.contrib.sessions.serializers.JSONSerializer': pickles run code when they are read."
    findings.fail('Sessions', `Pickles, which Nuages does not read in a row: ${of('pickle')}.`, fix)
  }
  if (number('before 3.1') > 0) {
    const fix = 'They count as empty here and in Django 4.0 and later. They are gone when their time is over.'
    findings.warn('Sessions', `In the form of a Django before 3.1: ${of('before 3.1')}.`, fix)
  }
  if (number('damaged') > 0) {
    findings.warn(
      'Sessions',
      `No session of Django's, by another engine or damaged: ${of('damaged')}. They count as empty.`,
    )
  }
  if (number('too long') > 0) {
    const limit = longestText.toLocaleString('en')
    findings.warn('Sessions', `Longer than ${limit} characters, and not looked at: ${of('too long')}.`)
  }
}

function checkBackends(findings: Findings, rows: readonly SampledSession[]): void {
  const backends = rows.flatMap(({ login }) => login?.backend ?? [])
  const foreign = [
    ...Map.groupBy(
      backends.filter(name => name !== modelBackend),
      name => name,
    ),
  ]
  if (foreign.length === 0) return
  const names = several(foreign.map(([name, those]) => `${name} (${those.length})`))
  const fix = "Nuages knows Django's ModelBackend only: those visitors are nobody here. They are left as they are."
  findings.warn('Sessions', `Some logins are those of another backend: ${names}.`, fix)
}

function checkKey({ findings, sessions: { rows }, owners, keys, keyName }: SessionCheck): void {
  const signed = rows.filter(({ form }) => form === 'json' || form === 'pickle')
  if (keys.length === 0) {
    findings.warn(
      'Key',
      `${keyName} is not set: whether Nuages can read these sessions was not tried.`,
      `Put the site's SECRET_KEY into the environment as ${keyName}, and run this again.`,
    )
    return
  }
  if (signed.length === 0) return
  const number = (signature: SampledSession['signature']): number =>
    signed.filter(row => row.signature === signature).length
  const good = number('key')
  const former = number('fallback')
  if (good + former === 0) {
    withoutKey({ findings, signed, owners, keys, keyName })
    return
  }
  findings.ok(
    'Key',
    `${good} of ${signed.length} sampled sessions are signed with ${keyName}${former > 0 ? `, ${former} with one of SECRET_KEY_FALLBACKS` : ''}.`,
  )
  if (number('other') > 0) {
    const fix =
      'A former SECRET_KEY signed them, or an engine with another class. Put the former key into SECRET_KEY_FALLBACKS, if the site has it there.'
    findings.warn('Key', `${number('other')} are signed otherwise, and count as empty.`, fix)
  }
}

interface Unsigned {
  readonly findings: Findings
  readonly signed: readonly SampledSession[]
  readonly owners: ReadonlyMap<string, AccountRow>
  readonly keys: Keys
  readonly keyName: string
}

/** Wrong key, or right key and wrong salt: the trace of the password in a login does not depend on the engine. */
function withoutKey({ findings, signed, owners, keys, keyName }: Unsigned): void {
  const engine = signed.map(({ text }) => engineClassOf(text, keys)).find(name => name !== null)
  const isRightKey =
    engine !== undefined || signed.some(({ login }) => login !== null && isTraceOf(login, owners, keys))
  if (!isRightKey) {
    const fix = `Copy SECRET_KEY from the running site: its environment may hold another one than its settings file. Former keys go into SECRET_KEY_FALLBACKS.`
    findings.fail('Key', `None of ${signed.length} sampled sessions is signed with ${keyName}.`, fix)
    return
  }
  const called = engine === undefined ? 'is not called SessionStore' : `is called ${engine}`
  const fix =
    'Rename the class to SessionStore: its name is part of the signature. Those who are logged in have to log in again.'
  findings.fail('Key', `${keyName} is the key of the site, but the class of its session engine ${called}.`, fix)
}

function isTraceOf(
  { userId, hash }: NonNullable<SampledSession['login']>,
  owners: ReadonlyMap<string, AccountRow>,
  keys: Keys,
): boolean {
  const password = owners.get(userId)?.password
  return (
    password !== undefined &&
    keys.some(key => saltedHmac(authHashSalt, password, key, 'sha256').toString('hex') === hash)
  )
}

/** What the sample tells of the zone and the age. */
export function timeEvidence(
  { rows }: Sessions,
  owners: ReadonlyMap<string, AccountRow>,
  toSeconds: (column: unknown) => number | null,
): TimeEvidence {
  const logins = rows.flatMap(({ writtenAt, login }): LoginMoment[] => {
    const lastLogin = login === null ? null : toSeconds(owners.get(login.userId)?.last_login)
    return writtenAt === null || lastLogin === null ? [] : [{ writtenAt, lastLogin }]
  })
  const sessions = rows.flatMap(({ writtenAt, expires, hasOwnExpiry }) =>
    writtenAt === null || expires === null || hasOwnExpiry ? [] : [{ writtenAt, expires }],
  )
  return { sessions, logins }
}
