/**
 * Dates in header fields (RFC 9110, 5.6.7).
 *
 * Owns the one form that is written and the three that are read. Leaves the current time to whoever asks.
 */

/** 31 December 9999, 23:59:59.999, in milliseconds: four digits hold no later year. */
const lastMs = 253_402_300_799_999

/** The last one that was written: the cookies of one second end in one second. */
let last: { readonly whole: number; readonly text: string } = { whole: Number.NaN, text: '' }

/**
 * A time as `Thu, 01 Jan 1970 00:00:00 GMT`; fractions of a second are cut off.
 *
 * @param ms Milliseconds since the Unix epoch.
 * @throws {RangeError} after the year 9999, and for what is no time at all.
 */
export function httpDate(ms: number): string {
  const whole = Math.floor(ms / 1000) * 1000
  if (!(Math.abs(whole) <= lastMs)) throw new RangeError(`${ms} ms is not a time that an HTTP date can hold.`)
  if (whole !== last.whole) last = { whole, text: new Date(whole).toUTCString() }
  return last.text
}

const months: readonly string[] = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const time = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})'
const month = '(?<month>[A-Za-z]{3})'

/** RFC 1123, RFC 850 and C's asctime. The day of the week may be any word: nobody checks it, as in Django. */
const forms: readonly RegExp[] = [
  new RegExp(`^[\\p{L}\\p{N}_]{3}, (?<day>[0-9]{2}) ${month} (?<year>[0-9]{4}) ${time} GMT$`, 'u'),
  new RegExp(`^[\\p{L}\\p{N}_]{6,9}, (?<day>[0-9]{2})-${month}-(?<year>[0-9]{2}) ${time} GMT$`, 'u'),
  new RegExp(`^[\\p{L}\\p{N}_]{3} ${month} (?<day>[ 0-9][0-9]) ${time} (?<year>[0-9]{4})$`, 'u'),
]

/** A two digit year more than 50 years ahead is in the century before. */
function fullYear(year: number, now: number): number {
  if (year >= 100) return year
  const current = new Date(now).getUTCFullYear()
  const century = current - (current % 100)
  return year - (current % 100) > 50 ? year + century - 100 : year + century
}

/**
 * A date of a header field in milliseconds since the Unix epoch; `null` when it is none. Inverse of `httpDate`.
 *
 * @param now Milliseconds since the Unix epoch: decides the century of a two digit year.
 */
export function parseHttpDate(text: string, now: number): number | null {
  for (const form of forms) {
    const parts = form.exec(text)?.groups
    if (parts) return toTime(parts, now)
  }
  return null
}

function toTime(parts: Readonly<Record<string, string | undefined>>, now: number): number | null {
  const monthIndex = months.indexOf((parts.month ?? '').toLowerCase())
  const day = Number(parts.day)
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second)]
  if (monthIndex < 0 || hour > 23 || minute > 59 || second > 59) return null
  const ms = Date.UTC(fullYear(Number(parts.year), now), monthIndex, day, hour, minute, second)
  return new Date(ms).getUTCDate() === day ? ms : null
}
