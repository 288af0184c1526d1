/**
 * How the passwords of a Django site are hashed, and what that tells of the Django.
 *
 * Owns reading the parameters out of the hashes; no hash is kept or printed. Leaves verifying them to nuages/auth.
 */
import { createRequire } from 'node:module'
import { pbkdf2Iterations } from '../auth/index.ts'
import type { ReadOnlyDatabase } from '../db/index.ts'
import { djangoVersions, type PasswordAlgorithm, passwordAlgorithms } from '../settings/index.ts'
import type { Findings } from './doctor-report.ts'
import { count } from './doctor-text.ts'
import type { UsersTable } from './doctor-users.ts'

/** How many accounts of each end are looked at: the last that logged in, and the newest. */
const sampleSize = 1000
/** Up to so many accounts the database may sort by a column without an index. */
const sortable = 100_000

/** One account, as far as it matters here. */
export interface AccountRow {
  readonly id: string
  readonly password: string
  /** As the driver has it. */
  readonly last_login: unknown
}

/** Accounts of a site: all, or a sample. */
export interface Accounts {
  /** Those that logged in last come first. */
  readonly rows: readonly AccountRow[]
  /** All accounts, or one more than `sortable`. */
  readonly total: number
}

/** Reads a bounded number of accounts. */
export async function readAccounts(database: ReadOnlyDatabase, users: UsersTable): Promise<Accounts> {
  const quote = (name: string): string => quoted(database.dialect, name)
  const table = quote(users.name)
  const counted = await database.query<{ n: unknown }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${table} LIMIT ${sortable + 1}) AS counted`,
  )
  const total = Number(counted[0]?.n)
  const columns = `${quote(users.id)} AS id, password, ${users.hasLastLogin ? 'last_login' : 'NULL AS last_login'}`
  const latest =
    users.hasLastLogin && total <= sortable
      ? await database.query<AccountRow>(
          `SELECT ${columns} FROM ${table} WHERE last_login IS NOT NULL ORDER BY last_login DESC LIMIT ${sampleSize}`,
        )
      : []
  const newest = await database.query<AccountRow>(
    `SELECT ${columns} FROM ${table} ORDER BY ${quote(users.id)} DESC LIMIT ${sampleSize}`,
  )
  const rows = [...latest, ...newest].map(row => ({ ...row, id: String(row.id), password: String(row.password ?? '') }))
  const seen = new Set<string>()
  const distinct = rows.filter(({ id }) => !seen.has(id) && seen.add(id))
  return { rows: distinct.sort((one, other) => (loginText(one) < loginText(other) ? 1 : -1)), total }
}

/** A text that sorts as the moments do. */
function loginText({ last_login: column }: AccountRow): string {
  return column instanceof Date ? column.toISOString() : String(column ?? '')
}

/** A name of somebody else's database, as an identifier. */
export function quoted(dialect: ReadOnlyDatabase['dialect'], name: string): string {
  return dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`
}

/** A hash without its secrets. */
export interface HashForm {
  /** Django's name of the algorithm, or a description. */
  readonly algorithm: string
  /** Those that Django's class has as attributes. */
  readonly costs: Readonly<Record<string, number>>
  readonly isUsable: boolean
}

/** What the hash of a password tells of how it was made. */
export function hashForm(encoded: string): HashForm {
  if (encoded === '' || encoded.startsWith('!')) return { algorithm: 'no password', costs: {}, isUsable: false }
  const [algorithm = '', first = '', , third = '', fourth = ''] = encoded.split('$')
  const usable = (costs: Readonly<Record<string, number>>): HashForm =>
    Object.values(costs).every(cost => Number.isSafeInteger(cost) && cost > 0)
      ? { algorithm, costs, isUsable: true }
      : { algorithm: `${algorithm} (damaged)`, costs: {}, isUsable: false }
  if (algorithm === 'pbkdf2_sha256' || algorithm === 'pbkdf2_sha1') return usable({ iterations: Number(first) })
  if (algorithm === 'scrypt') {
    return usable({ work_factor: Number(first), block_size: Number(third), parallelism: Number(fourth) })
  }
  if (algorithm === 'argon2') {
    const costs = /m=(\d+),t=(\d+),p=(\d+)/.exec(third)
    const bytes = Math.floor((encoded.length - encoded.lastIndexOf('$') - 1) * 0.75)
    return usable({
      time_cost: Number(costs?.[2]),
      memory_cost: Number(costs?.[1]),
      parallelism: Number(costs?.[3]),
      hash_len: bytes,
    })
  }
  if (algorithm === 'bcrypt' || algorithm === 'bcrypt_sha256') {
    return usable({ rounds: Number(third) }) // two $ in a row come first
  }
  if (algorithm === 'md5' && first !== '') return usable({})
  const known = /^[a-z0-9_]{1,40}$/.test(algorithm) && encoded.includes('$')
  return { algorithm: known ? `${algorithm} (unknown here)` : 'no form of Django', costs: {}, isUsable: false }
}

/** What the passwords tell of the site. */
export interface PasswordFacts {
  /** The version whose first hasher and count the newest login has; `null` when that cannot be told. */
  readonly djangoVersion: string | null
  /** A list for `PASSWORD_HASHERS`; `null` when Django's own fits. */
  readonly hashers: readonly unknown[] | null
}

const none: PasswordFacts = { djangoVersion: null, hashers: null }

/** Looks at the hashes of a sample. */
export function checkPasswords(findings: Findings, { rows, total }: Accounts): PasswordFacts {
  if (rows.length === 0) {
    findings.warn(
      'Passwords',
      'There are no users yet: which hasher the site prefers, and which Django it is, cannot be seen.',
    )
    return none
  }
  const forms = rows.map(({ password }) => hashForm(password))
  const share = rows.length < total ? ` (of a sample of ${count(rows.length, 'account')})` : ''
  findings.ok('Passwords', `${tally(forms)}${share}.`)
  unreadable(findings, forms)
  const newest = forms.find(({ isUsable }) => isUsable)
  return newest === undefined ? none : preferred(findings, newest, forms)
}

function tally(forms: readonly HashForm[]): string {
  const counts = Map.groupBy(forms, ({ algorithm, costs }) => [algorithm, costText(costs)].filter(Boolean).join(' '))
  const parts = [...counts].sort(([, one], [, other]) => other.length - one.length)
  return parts.map(([name, those]) => `${name}: ${those.length.toLocaleString('en')}`).join('; ')
}

function costText(costs: Readonly<Record<string, number>>): string {
  return Object.entries(costs)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}

function unreadable(findings: Findings, forms: readonly HashForm[]): void {
  const strange = forms.filter(({ algorithm, isUsable }) => !isUsable && algorithm !== 'no password')
  if (strange.length > 0) {
    const fix = 'Let those users log in at Django, which makes a new hash, or set a new password by mail.'
    findings.warn(
      'Passwords',
      `Nuages cannot verify ${count(strange.length, 'hash', 'hashes')}: ${tally(strange)}.`,
      fix,
    )
  }
  if (forms.some(({ algorithm }) => algorithm.startsWith('bcrypt')) && !hasBcrypt()) {
    findings.warn('Passwords', 'bcrypt hashes need the package bcryptjs.', 'Run: npm install bcryptjs')
  }
}

function hasBcrypt(): boolean {
  try {
    createRequire(import.meta.url).resolve('bcryptjs')
    return true
  } catch {
    return false
  }
}

/** Costs of Django's classes that are the same in each version. */
const usualCosts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  argon2: { time_cost: 2, memory_cost: 102_400, parallelism: 8, hash_len: 32 },
  bcrypt: { rounds: 12 },
  bcrypt_sha256: { rounds: 12 },
  scrypt: { work_factor: 16_384, block_size: 8, parallelism: 5 },
}

function preferred(findings: Findings, newest: HashForm, forms: readonly HashForm[]): PasswordFacts {
  const { algorithm, costs } = newest
  if (algorithm === 'pbkdf2_sha256' || algorithm === 'pbkdf2_sha1') {
    const version = djangoVersions.find(known => pbkdf2Iterations(known) === costs.iterations) ?? null
    const isDefault = algorithm === 'pbkdf2_sha256' && version !== null
    if (isDefault) {
      findings.ok('Passwords', `The newest login has the hasher and the count of Django ${version}.`)
      return { djangoVersion: version, hashers: null }
    }
    const text = `The newest login has ${algorithm} with ${costs.iterations?.toLocaleString('en')} iterations, which is the default of no Django.`
    findings.warn(
      'Passwords',
      version === null ? text : `The newest login has ${algorithm}, with the count of Django ${version}.`,
    )
    const own = version === null ? { NAME: algorithm, OPTIONS: costs } : algorithm
    return { djangoVersion: version, hashers: hasherList(own, algorithm, forms) }
  }
  if (algorithm === 'md5') {
    findings.fail(
      'Passwords',
      'The newest login has an MD5 hash: no attacker needs long for those.',
      "Put another hasher first in the site's PASSWORD_HASHERS.",
    )
    return none
  }
  findings.ok(
    'Passwords',
    `The newest login has ${algorithm}, which is no Django's default: PASSWORD_HASHERS of the site begins with it.`,
  )
  const usual = usualCosts[algorithm] ?? {}
  const special = Object.entries(costs).filter(([name, value]) => usual[name] !== value && Number.isSafeInteger(value))
  const own = special.length === 0 ? algorithm : { NAME: algorithm, OPTIONS: Object.fromEntries(special) }
  return { djangoVersion: null, hashers: hasherList(own, algorithm, forms) }
}

/** The preferred hasher, Django's others, and what else was found. */
function hasherList(own: unknown, algorithm: string, forms: readonly HashForm[]): readonly unknown[] {
  const found = new Set(forms.map(form => form.algorithm))
  const usual: readonly PasswordAlgorithm[] = ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'scrypt']
  const others = passwordAlgorithms.filter(name => name !== algorithm && (usual.includes(name) || found.has(name)))
  return [own, ...others]
}
