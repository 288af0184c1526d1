/**
 * Times as Django keeps them in columns.
 *
 * Owns the text of a `datetime` column in each database. SQLite compares such columns as text, so one character
 * of another form (the `T` of `toISOString`) makes a row outlive its day.
 */
import { ConfigError } from '../kit/index.ts'
import type { Dialect } from './url.ts'

/** How times are stored: Django's two settings of the same names. */
export interface TimeSettings {
  /** `USE_TZ`: SQLite and MySQL hold UTC when true, the local time of `timeZone` when false. Default: true. */
  readonly useTz?: boolean
  /** `TIME_ZONE`: an IANA name. Default: `UTC`. */
  readonly timeZone?: string
}

/** Times to and from a column. */
export interface ColumnTime {
  /**
   * A parameter for a `datetime` column. `ms`: milliseconds since the Unix epoch, cut to whole ones.
   *
   * @throws {RangeError} outside the years 1 to 9999, which neither Python nor the databases hold.
   */
  toColumnTime(ms: number): string
  /**
   * Milliseconds since the Unix epoch, from what a statement or Kysely gave for a `datetime` column; microseconds are cut.
   *
   * @throws {TypeError} for a value that is no time, `null` included.
   */
  fromColumnTime(value: unknown): number
}

const columnPattern = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:(Z)|([+-]\d\d):?(\d\d)?)?$/
const firstMs = Date.parse('0001-01-01T00:00:00Z')
const endMs = Date.parse('9999-12-31T00:00:00Z')

/** The conversion for one database. */
export function createColumnTime(dialect: Dialect, settings: TimeSettings = {}): ColumnTime {
  const { useTz = true, timeZone = 'UTC' } = settings
  const zone = createZone(timeZone)
  const local = !useTz && dialect !== 'postgresql'
  const write = (ms: number): string => {
    const whole = Math.trunc(ms)
    if (!(whole >= firstMs && whole < endMs)) throw new RangeError(`${ms} ms is outside the years 1 to 9999.`)
    const text = new Date(local ? zone.toLocal(whole) : whole).toISOString()
    const seconds = `${text.slice(0, 10)} ${text.slice(11, 19)}`
    const fraction = whole % 1000 === 0 ? '' : `.${text.slice(20, 23)}000`
    return dialect === 'postgresql' ? `${seconds}${fraction}+00` : seconds + fraction
  }
  // Session reads ask for the present moment, writes for one some time ahead: many of each within one millisecond.
  let one = { ms: Number.NaN, text: '' }
  let other = one
  return {
    toColumnTime(ms) {
      if (ms === one.ms) return one.text
      if (ms !== other.ms) other = { ms, text: write(ms) }
      ;[one, other] = [other, one]
      return one.text
    },
    fromColumnTime(value) {
      if (value instanceof Date) return value.getTime()
      const match = typeof value === 'string' ? columnPattern.exec(value) : null
      if (!match) throw new TypeError('A datetime column holds something that is not a time.')
      const [, date, time, fraction = '', z, hours, minutes = '00'] = match
      const offset = hours ? `${hours}:${minutes}` : z
      const ms = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset ?? 'Z'}`)
      if (Number.isNaN(ms)) throw new TypeError('A datetime column holds something that is not a time.')
      return local && offset === undefined ? zone.fromLocal(ms) : ms
    },
  }
}

interface Zone {
  toLocal(ms: number): number
  fromLocal(ms: number): number
}

/** Offsets change at quarter hours only (IANA, since 1972), so one look-up serves a quarter. */
const quarterMs = 900_000
const dayMs = 86_400_000

function createZone(timeZone: string): Zone {
  if (timeZone === 'UTC') return { toLocal: ms => ms, fromLocal: ms => ms }
  const format = zoneFormat(timeZone)
  let quarter = Number.NaN
  let known = 0
  const offset = (ms: number): number => {
    const start = Math.floor(ms / quarterMs)
    if (start !== quarter) {
      quarter = start
      known = offsetAt(format, start * quarterMs)
    }
    return known
  }
  return {
    toLocal: ms => ms + offset(ms),
    fromLocal: ms => {
      // As Python's fold=0: of an hour that comes twice the first, of one that never comes the old offset.
      const before = offset(ms - dayMs)
      const after = offset(ms + dayMs)
      if (before === after || offset(ms - before) === before) return ms - before
      return offset(ms - after) === after ? ms - after : ms - before
    },
  }
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const
  try {
    return new Intl.DateTimeFormat('en-US', { ...parts, timeZone, hourCycle: 'h23', calendar: 'gregory' })
  } catch (cause) {
    const fix = "Use a name like 'Europe/Paris' or 'UTC'."
    throw new ConfigError(`TIME_ZONE is "${timeZone}", which is no known zone.`, fix, { setting: 'TIME_ZONE', cause })
  }
}

function offsetAt(format: Intl.DateTimeFormat, ms: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms
}
