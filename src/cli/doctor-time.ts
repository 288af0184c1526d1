/**
 * In which zone a database keeps its times, and how long its sessions live.
 *
 * SQLite and MySQL hold times without a zone. A session's text holds the moment at which it was signed, in UTC: what the columns say beside it
 * tells the rest. Pure functions; seconds since the Unix epoch, columns read as if they were UTC.
 */

/** A session that the site's own age ends. */
export interface AgedSession {
  readonly writtenAt: number
  readonly expires: number
}

/** A session, and the last login of the account that it belongs to. */
export interface LoginMoment {
  readonly writtenAt: number
  readonly lastLogin: number
}

export interface TimeEvidence {
  readonly sessions: readonly AgedSession[]
  readonly logins: readonly LoginMoment[]
}

export interface TimeFacts {
  /** What was added to UTC, in seconds, each with a moment of UTC at which it was; empty when that cannot be told. */
  readonly offsets: readonly { readonly at: number; readonly seconds: number }[]
  /** `SESSION_COOKIE_AGE`, in seconds; `null` when that cannot be told. */
  readonly age: number | null
}

export const defaultAge = 1_209_600
/** Offsets are whole quarters of an hour, and go from -12 to +14 hours. */
const quarter = 900
const widest = 14 * 3600
/** Signing a session and reckoning its end, or noting a login, are not done within one instant. */
const slack = 3
/** What at least so many agree on is no chance: one in 150 pairs looks like a login by chance. */
const fewest = 3

/** The offset that a difference stands for; `null` when it is none. */
function offsetOf(difference: number): number | null {
  const nearest = Math.round(difference / quarter) * quarter
  return Math.abs(difference - nearest) <= slack && Math.abs(nearest) <= widest ? nearest + 0 : null
}

/** Infers both. `isFixed`: the columns hold a zone, or are known to hold UTC. */
export function inferTime({ sessions, logins }: TimeEvidence, { isFixed }: { readonly isFixed: boolean }): TimeFacts {
  if (isFixed) return { offsets: [], age: commonAge(sessions.map(({ writtenAt, expires }) => expires - writtenAt)) }
  const atLogins = logins.flatMap(({ writtenAt, lastLogin }) => {
    const seconds = offsetOf(lastLogin - writtenAt)
    return seconds === null ? [] : [{ at: writtenAt, seconds }]
  })
  const atEnds = sessions.flatMap(({ writtenAt, expires }) => {
    const seconds = offsetOf(expires - writtenAt - defaultAge)
    return seconds === null ? [] : [{ at: writtenAt + defaultAge, seconds }]
  })
  const byLogins = agreed(atLogins, 1)
  const byEnds = agreed(atEnds, sessions.length / 2)
  // A login says it by itself. An end says it only of a site that keeps Django's age.
  const offsets = byLogins.length > 0 ? byLogins : byEnds
  if (offsets.length === 0) return { offsets, age: null }
  const known = new Set(offsets.map(({ seconds }) => seconds))
  const ages = sessions.flatMap(({ writtenAt, expires }) => [...known].map(seconds => expires - writtenAt - seconds))
  return { offsets, age: commonAge(ages) }
}

type Offset = TimeFacts['offsets'][number]

/** Those offsets that come often: one, or two where the clocks changed. */
function agreed(offsets: readonly Offset[], least: number): readonly Offset[] {
  const groups = [...Map.groupBy(offsets, ({ seconds }) => seconds).values()].sort((a, b) => b.length - a.length)
  const [first = [], second = []] = groups
  if (first.length < Math.min(fewest, Math.max(1, offsets.length))) return []
  const apart = Math.abs((first[0]?.seconds ?? 0) - (second[0]?.seconds ?? 0))
  const both = second.length >= fewest && apart <= 3600 ? [...first, ...second] : first
  return both.length < least ? [] : both
}

/** The age that most have, whatever second the clock had meanwhile come to; `null` when there is no such one. */
function commonAge(ages: readonly number[]): number | null {
  const counts = new Map<number, number>()
  for (const age of ages) {
    const whole = Math.round(age)
    for (const near of [whole - 1, whole, whole + 1]) counts.set(near, (counts.get(near) ?? 0) + 1)
  }
  const [best] = [...counts].sort(([age, one], [other, two]) => two - one || roundness(other) - roundness(age))
  return best !== undefined && best[0] > 0 && best[1] * 3 >= ages.length ? best[0] : null
}

/** People write whole minutes, hours, days. */
function roundness(age: number): number {
  return [60, 3600, 86_400].filter(unit => age % unit === 0).length
}

/** Zones in this order, each part by its name: who looks for theirs knows these first. */
const regions = ['America/Chicago', 'Europe/', 'America/', 'Asia/', 'Australia/', 'Africa/', 'Pacific/', '']

/** Names of the zones that have been at these offsets at these moments. */
export function zonesOf(offsets: TimeFacts['offsets']): readonly string[] {
  const distinct = [...Map.groupBy(offsets, ({ at, seconds }) => `${Math.floor(at / 86_400)} ${seconds}`).values()]
  const points = distinct.flatMap(group => group.slice(0, 1)).slice(0, 60)
  const rank = (zone: string): number => regions.findIndex(region => zone.startsWith(region))
  return Intl.supportedValuesOf('timeZone')
    .filter(zone => points.every(point => zoneOffset(zone, point.at) === point.seconds))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
}

const formats = new Map<string, Intl.DateTimeFormat>()

function zoneOffset(timeZone: string, at: number): number {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  formats.set(timeZone, format)
  const name = format.formatToParts(at * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60) + 0
}
