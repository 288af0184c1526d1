/** What SQLite's errors mean. */
import { DatabaseUnavailable, ReferenceViolation, UniqueViolation } from './errors.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const code = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const
const failing: ReadonlySet<number> = new Set([
  code.permission,
  code.noMemory,
  code.ioError,
  code.corrupt,
  code.full,
  code.notADatabase,
])
/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID. */
const uniqueCodes: ReadonlySet<number> = new Set([1555, 2067, 2579])
/** SQLITE_CONSTRAINT_FOREIGNKEY. */
const foreignKeyCode = 787

/** How SQLite says it, for Deno, whose errors of `exec` and of opening a file have no code. */
const texts: readonly (readonly [text: string, code: number])[] = [
  ['database is locked', code.busy],
  ['database table is locked', code.locked],
  ['access permission denied', code.permission],
  ['out of memory', code.noMemory],
  ['attempt to write a readonly database', code.readOnly],
  ['disk I/O error', code.ioError],
  ['database disk image is malformed', code.corrupt],
  ['database or disk is full', code.full],
  ['unable to open database file', code.cannotOpen],
  ['file is not a database', code.notADatabase],
  ['no such table: ', code.error],
  ['FOREIGN KEY constraint failed', foreignKeyCode],
]

function extendedCode(error: unknown): number {
  if (!(error instanceof Error)) return 0
  if ('errcode' in error) return typeof error.errcode === 'number' ? error.errcode : 0
  if (!('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return 0
  return texts.find(([text]) => error.message.startsWith(text))?.[1] ?? 0
}

function primaryCode(error: unknown): number {
  return extendedCode(error) & 0xff
}

/** Another connection has what this one needs; a later try may succeed. */
export function isLocked(error: unknown): boolean {
  const primary = primaryCode(error)
  return primary === code.busy || primary === code.locked
}

/** The file cannot be written. */
export function isReadOnly(error: unknown): boolean {
  return primaryCode(error) === code.readOnly
}

/** The file itself is at fault, as the handle sees it. */
export function isStuck(error: unknown): boolean {
  const primary = primaryCode(error)
  return primary === code.readOnly || primary === code.cannotOpen || failing.has(primary)
}

/** A statement met a table that no migration has made. */
export function isMissingSqliteTable(error: unknown): boolean {
  return primaryCode(error) === code.error && error instanceof Error && error.message.startsWith('no such table: ')
}

/** Says of a table that is missing that it has to be made: the statements of Nuages know theirs. */
export function toStatementError(error: unknown): unknown {
  return isMissingSqliteTable(error) ? DatabaseUnavailable.notMigrated(error as Error) : error
}

/** Nuages's error for one of SQLite's; any other comes back as it is. */
export function toSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  const primary = primaryCode(error)
  if (uniqueCodes.has(extendedCode(error))) return uniqueViolation(error)
  if (extendedCode(error) === foreignKeyCode) return new ReferenceViolation(error)
  if (isLocked(error)) return new DatabaseUnavailable('locked', `Another connection holds ${path} locked.`, error)
  if (primary === code.readOnly) {
    const detail = `${path} cannot be written. Give this user write permission on it, and on its folder.`
    return new DatabaseUnavailable('read-only', detail, error)
  }
  if (primary === code.cannotOpen) {
    const detail = `${path} is missing or cannot be opened. Put it back, or run \`nuages migrate\` for a new one.`
    return new DatabaseUnavailable('missing', detail, error)
  }
  if (failing.has(primary)) return new DatabaseUnavailable('failing', `${path}: ${error.message}.`, error)
  return error
}

function uniqueViolation(cause: Error): UniqueViolation {
  // UNIQUE constraint failed: auth_user.username, or: index 'name'
  const named = /^UNIQUE constraint failed: (.+)$/.exec(cause.message)?.[1] ?? ''
  if (named.startsWith('index ')) return new UniqueViolation({ constraint: named.slice(7, -1), cause })
  const fields = named.split(', ').map(field => field.split('.'))
  const columns = fields.flatMap(([, column]) => column ?? [])
  return new UniqueViolation({ table: fields[0]?.[0] || null, columns, cause })
}
