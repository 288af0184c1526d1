/**
 * How long a session lives.
 *
 * Owns `_session_expiry` and its forms in Django: absent, 0, seconds from each save, or a moment as ISO text.
 */
import type { Settings } from '../settings/index.ts'

/** Django's name for the key. */
export const expiryKey = '_session_expiry'

type ExpirySettings = Pick<Settings, 'SESSION_COOKIE_AGE' | 'SESSION_EXPIRE_AT_BROWSER_CLOSE'>

/** Python's `datetime.isoformat()`, or with a space: date, time, up to six digits, zone or none. */
const isoMoment = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,6})\d*)?(Z|[+-]\d{2}:?\d{2})?$/

/** A stored moment in milliseconds, fractions kept; `null` for text that is none. Without a zone it is UTC. */
function parseMoment(text: string): number | null {
  const match = isoMoment.exec(text)
  if (!match) return null
  const [, date, time, fraction = '', zone = 'Z'] = match
  const seconds = Date.parse(`${date}T${time}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`)
  return Number.isNaN(seconds) ? null : seconds + Number(fraction.padEnd(6, '0')) / 1000
}

/** What `setExpiry` stores for a moment: Python 3.10 and older read neither `Z` nor three digits. */
export function momentText(moment: Date): string {
  const [date, time] = moment.toISOString().slice(0, -1).split('T') as [string, string]
  const [seconds, milliseconds] = time.split('.') as [string, string]
  const text = `${date}T${seconds}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`
  if (!isoMoment.test(text)) throw new RangeError(`An expiry lies in the years 0 to 9999, and ${date} does not.`)
  return text
}

/** Seconds a session saved at `now` (milliseconds) lives from then. May be negative. A value of no known form counts as absent. */
export function expiryAge(stored: unknown, now: number, settings: ExpirySettings): number {
  if (typeof stored === 'string') {
    const moment = parseMoment(stored)
    if (moment !== null) return Math.floor((moment - now) / 1000)
  }
  const seconds = typeof stored === 'bigint' || stored === true ? Number(stored) : stored
  return typeof seconds === 'number' && seconds !== 0 && Number.isFinite(seconds)
    ? seconds
    : settings.SESSION_COOKIE_AGE
}

/** The moment, in milliseconds, at which a session saved at `now` ends. */
export function expiryDate(stored: unknown, now: number, settings: ExpirySettings): number {
  const moment = typeof stored === 'string' ? parseMoment(stored) : null
  return moment ?? now + expiryAge(stored, now, settings) * 1000
}

/** True when the cookie shall end with the browser. */
export function expiresAtBrowserClose(stored: unknown, settings: ExpirySettings): boolean {
  if (stored === undefined || stored === null) return settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
  return stored === 0 || stored === false
}
