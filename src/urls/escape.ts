/**
 * Percent-encoding of paths that the server writes, each character as Django does.
 */

/**
 * A path made from a route: the characters that RFC 3986 allows in a segment stay (Django's `reverse`).
 *
 * Well-formed text only: a lone surrogate has no encoding.
 */
export function escapeReversed(path: string): string {
  return withoutHost(encodeURI(path).replace(/[?#]/g, encodeURIComponent))
}

/** A visitor's own path, sent back: `;` and `=` are encoded too (Django's `escape_uri_path`). */
export function escapeRequested(path: string): string {
  return withoutHost(encodeURI(path.toWellFormed()).replace(/[?#;=]/g, encodeURIComponent))
}

/** A visitor's own query, sent back: what is encoded already stays so (Django's `iri_to_uri`). */
export function escapeQuery(query: string): string {
  return encodeURI(query.toWellFormed()).replace(/%(?:25|5B|5D)/g, decodeURIComponent)
}

/** `//evil.com/` in a Location or a link would lead to another host. */
function withoutHost(path: string): string {
  return path.startsWith('//') ? `/%2F${path.slice(2)}` : path
}
