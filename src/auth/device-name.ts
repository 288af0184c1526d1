/**
 * What a visitor calls the thing in hand: "Firefox on Linux".
 *
 * Leaves reading User-Agents to `bowser`. A hint for people and no proof: a client writes what it likes.
 */
import { loadPackage } from '../kit/index.ts'

/** Longest User-Agent that is looked at. Browsers send 80 to 250 characters; regular expressions on more cost an attacker nothing and us time. */
export const maxUserAgentLength = 512

/** Longest name of a browser or system: two of them and " on " stay well under the 100 characters of the column. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9 ._+-]{0,39}$/

/** Programs that send just their name: `curl/8.5.0`. */
const program = /^([A-Za-z][A-Za-z0-9._+-]{0,39})\/\d/

export const unknownDevice = 'Unknown device'

/** "Firefox on Linux", "Safari on iPhone", "curl"; at most 100 printable ASCII characters. */
export function deviceName(userAgent: string | null): string {
  const text = (userAgent ?? '').slice(0, maxUserAgentLength)
  if (text === '') return unknownDevice
  const { parse } = loadPackage<typeof import('bowser')>('bowser')
  const { browser, os, platform } = parse(text)
  const name = plain(browser.name) ?? program.exec(text)?.[1] ?? null
  const place = platform.model === 'iPhone' || platform.model === 'iPad' ? platform.model : plain(os.name)
  if (name === null) return place ?? unknownDevice
  return place === null ? name : `${name} on ${place}`
}

/** A name that is one. Bowser passes on what stands in a User-Agent of no known browser, markup and all. */
function plain(name: string | undefined): string | null {
  return name !== undefined && plainName.test(name) ? name : null
}
