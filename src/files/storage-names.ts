/**
 * The names of files in a storage: Django's rules for what they may be, and for another one when one is taken.
 *
 * Pure. Leaves finding out what is taken to the storages.
 */
import { randomInt } from 'node:crypto'
import { codePointLength, latePattern, stripPython } from '../kit/index.ts'
import type { UniqueName } from '../settings/index.ts'
import { StorageNameRefused } from './errors.ts'

/** Of one piece between slashes: what file systems take. In bytes of UTF-8. */
const maxPieceBytes = 255
/** Of the whole name: what S3 takes. In bytes of UTF-8. */
const maxNameBytes = 1024
/** Longer input is not even looked at. */
const maxInputLength = 4096

/** What pieces of our own begin with, in a storage on disk. */
export const ownPrefix: string = '.nuages-'

/**
 * The name itself, when it can be one: pieces with `/` between them, none empty, `.` or `..`; no `\`, no control characters; each
 * piece at most 255 bytes, all of it 1024.
 *
 * @throws {StorageNameRefused} with status 400. Whoever could pass `../settings.ts` would read it.
 */
export function requireStorageName(name: string): string {
  const refuse = (problem: string): never => {
    throw new StorageNameRefused(name, problem)
  }
  if (name === '') refuse('it is empty')
  if (name.length > maxNameBytes || Buffer.byteLength(name) > maxNameBytes)
    refuse(`it is longer than ${maxNameBytes} bytes`)
  if (!name.isWellFormed()) refuse('it is no Unicode text')
  if (/[\p{Cc}\\]/u.test(name)) refuse('it has a backslash or a control character')
  if (name.startsWith('/')) refuse('it begins with a slash')
  for (const piece of name.split('/')) {
    if (piece === '') refuse('a piece between its slashes is empty')
    if (piece === '.' || piece === '..') refuse('it leads to another folder')
    if (piece.startsWith(ownPrefix)) refuse(`names that begin with ${ownPrefix} are the storage's own`)
    if (Buffer.byteLength(piece) > maxPieceBytes) refuse(`a piece of it is longer than ${maxPieceBytes} bytes`)
  }
  return name
}

const invalid = latePattern(String.raw`[^\p{L}\p{N}_.-]`, 'gu')

/**
 * The name of a file as Django's `get_valid_name` makes it of any text: spaces become `_`; what is neither letter, digit, `_`, `-` nor `.`
 * is left out.
 *
 * @throws {StorageNameRefused} with status 400 when nothing is left.
 */
export function cleanBaseName(text: string): string {
  const clean = stripPython(text).replaceAll(' ', '_').replace(invalid(), '')
  if (clean === '' || clean === '.' || clean === '..') throw new StorageNameRefused(text, 'nothing of it can stay')
  return clean
}

/**
 * The name that a file is saved under: its last piece made valid, `.` and doubled slashes left out, `\` taken for a slash. A name too
 * long is shortened only later, by `storageNames`.
 *
 * @throws {StorageNameRefused} with status 400 for one that leads elsewhere.
 */
export function cleanStorageName(name: string): string {
  if (name.length > maxInputLength) throw new StorageNameRefused(name, `it is longer than ${maxNameBytes} bytes`)
  const plain = name.replaceAll('\\', '/')
  if (plain.startsWith('/')) throw new StorageNameRefused(name, 'it begins with a slash')
  const pieces = plain.split('/')
  const last = cleanBaseName(pieces.pop() as string)
  const folders = pieces.filter(piece => piece !== '' && piece !== '.')
  if (folders.length > 0) requireStorageName(folders.join('/'))
  return [...folders, last].join('/')
}

export interface StorageNamesOptions {
  readonly unique: UniqueName
  /** Milliseconds since the Unix epoch, for `'timestamp'`. */
  readonly now: number
  /** MD5 of the content in hex, for `'md5'`; without it the suffix is a random one. */
  readonly md5?: string | undefined
  /** Most characters of the whole name. Default: 1024 bytes. */
  readonly maxLength?: number | undefined
}

/**
 * The names to try for a file, in order and without end: its own, then with a suffix before the extension, `photo_1763726400000.tar.gz`; from
 * the third on it ends in seven random characters, which are all there is of it where no more fits.
 *
 * `name`: from `cleanStorageName`. What is too long is shortened before its extension.
 *
 * @throws {StorageNameRefused} with status 400 when nothing would be left before the extension.
 */
export function* storageNames(name: string, options: StorageNamesOptions): Generator<string, never, void> {
  const { unique, now, md5, maxLength } = options
  if (fits(name, maxLength)) yield requireStorageName(name)
  const first = { timestamp: String(now), random: null, md5: md5 ?? null }[unique]
  const suffixed = first === null ? null : alternativeName(name, first, maxLength)
  if (suffixed !== null) yield suffixed
  for (;;) {
    const random = randomSuffix()
    const other =
      (first === null ? null : alternativeName(name, `${first}_${random}`, maxLength)) ??
      alternativeName(name, random, maxLength)
    if (other === null) throw new StorageNameRefused(name, 'it is too long, and so is its extension')
    yield other
  }
}

/** `a/photo.tar.gz` with the suffix `x` is `a/photo_x.tar.gz`, shortened before the suffix when it must be; `null` when nothing would be left there. */
export function alternativeName(name: string, suffix: string, maxLength?: number): string | null {
  const slash = name.lastIndexOf('/') + 1
  const folder = name.slice(0, slash)
  const file = name.slice(slash)
  const extension = extensionsOf(file)
  const stem = [...file.slice(0, file.length - extension.length)]
  while (stem.length > 0) {
    const candidate = `${folder}${stem.join('')}_${suffix}${extension}`
    if (fits(candidate, maxLength)) return requireStorageName(candidate)
    stem.pop()
  }
  return null
}

function fits(name: string, maxLength: number | undefined): boolean {
  const last = name.slice(name.lastIndexOf('/') + 1)
  if (Buffer.byteLength(last) > maxPieceBytes || Buffer.byteLength(name) > maxNameBytes) return false
  return maxLength === undefined || codePointLength(name) <= maxLength
}

/** All of them, as Python's `PurePath.suffixes`: `.tar.gz`. None of `.profile` and `a.`. */
function extensionsOf(file: string): string {
  if (file.endsWith('.')) return ''
  const start = /^\.*/.exec(file)?.[0].length ?? 0
  const dot = file.indexOf('.', start)
  return dot === -1 ? '' : file.slice(dot)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Django's: seven characters, 41 bits. */
function randomSuffix(): string {
  return Array.from({ length: 7 }, () => alphabet[randomInt(alphabet.length)]).join('')
}
