/**
 * Words of `nuages doctor`, and names that it has from somebody else's database.
 */

/** Longest text of a finding, in characters. */
const longest = 1000

/** Without what a terminal would obey. */
export function printable(text: string): string {
  const clean = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}

/** A number of things: `1 session`, `3 sessions`. */
export function count(number: number, one: string, several: string = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : several}`
}

/** Some names of a list that may be long. */
export function several(names: readonly string[], most = 5): string {
  const rest = names.length - most
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ')
}
