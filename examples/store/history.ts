/**
 * What a visitor looked at, as the text of a cookie: slugs, newest first, with dots between them.
 *
 * Owns the text and its limits. Leaves the cookie's attributes to the views, products to the database.
 * The text comes from outside: it names products to look up and is trusted for nothing else.
 */
export const historyCookie = 'history'

/** Slugs remembered. */
const maxSlugs = 10
/** Largest text in bytes, so that name, `=` and text stay within 1 KiB. Slugs are ASCII: a character is a byte. */
const maxBytes = 1024 - `${historyCookie}=`.length
/** A slug never holds a dot; a dot needs no quoting in a cookie (RFC 6265, cookie-octet). */
const separator = '.'
const slugPattern = /^[-a-zA-Z0-9_]+$/

/** The slugs in a cookie. What is not a slug, or comes twice, is left out; a text longer than ours ever is counts as none. */
export function parseHistory(text: string | null | undefined): string[] {
  if (!text || text.length > maxBytes) return []
  return limited(text.split(separator).filter(slug => slugPattern.test(slug)))
}

/** The history after a visit to `slug`. A slug that could not be kept leaves it as it was. */
export function addToHistory(history: readonly string[], slug: string): string[] {
  return slugPattern.test(slug) && slug.length <= maxBytes ? limited([slug, ...history]) : [...history]
}

/** The text for the cookie: `parseHistory` reads the same slugs from it. */
export function serializeHistory(history: readonly string[]): string {
  return limited(history).join(separator)
}

/** The newest, each once, as many as fit. */
function limited(slugs: Iterable<string>): string[] {
  const kept: string[] = []
  let bytes = -separator.length
  for (const slug of new Set(slugs)) {
    bytes += separator.length + slug.length
    if (kept.length === maxSlugs || bytes > maxBytes) break
    kept.push(slug)
  }
  return kept
}
