/**
 * Where an uploaded file goes in a storage: Django's `upload_to`.
 */
import { ConfigError } from '../kit/index.ts'
import { StorageNameRefused } from './errors.ts'
import { cleanBaseName } from './storage-names.ts'

/** A moment, and the zone whose calendar counts. */
export interface FolderDate {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** An IANA name: `TIME_ZONE`. */
  readonly timeZone: string
}

/**
 * A folder with the date in it: `avatars/%Y/%m/%d/` is `avatars/2026/07/01/`. Also `%y %H %M %S %j` and `%%`, as in C's strftime.
 *
 * @throws {ConfigError} for another letter after a percent sign.
 */
export function datedFolder(pattern: string, { now, timeZone }: FolderDate): string {
  if (!pattern.includes('%')) return pattern
  const date = localDate(now, timeZone)
  return pattern.replace(/%(.?)/gsu, (directive, letter: string) => {
    const value = date[letter]
    if (value !== undefined) return value
    throw new ConfigError(
      `A folder for uploads cannot have ${JSON.stringify(directive)} in it: ${JSON.stringify(pattern)}.`,
      'Use %Y, %m, %d, %y, %H, %M, %S or %j; write a percent sign as %%.',
    )
  })
}

function localDate(now: number, timeZone: string): Readonly<Record<string, string>> {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find(each => each.type === type)?.value ?? ''
  const [year, month, day] = [part('year').padStart(4, '0'), part('month'), part('day')]
  const dayOfYear = (Date.UTC(Number(year), Number(month) - 1, Number(day)) - Date.UTC(Number(year), 0, 0)) / 86_400_000
  return {
    __proto__: null as never,
    Y: year,
    y: year.slice(-2),
    m: month,
    d: day,
    H: part('hour'),
    M: part('minute'),
    S: part('second'),
    j: String(dayOfYear).padStart(3, '0'),
    '%': '%',
  }
}

/**
 * The name of a file in a folder, as a visitor calls it: `file` where nothing of that may stay, and before a dot at its start, for files
 * that systems hide or obey (`.htaccess`).
 */
export function nameInFolder(folder: string, filename: string): string {
  const base = validName(filename)
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  return `${prefix}${base.startsWith('.') ? `file${base}` : base}`
}

function validName(filename: string): string {
  try {
    return cleanBaseName(filename)
  } catch (error) {
    if (error instanceof StorageNameRefused) return 'file'
    throw error
  }
}
