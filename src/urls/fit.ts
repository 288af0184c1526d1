/**
 * Fits a path to the parts of a route, placeholders taking as much as they can, leftmost first.
 *
 * Gives what a backtracking regular expression gives (Django's way), in time proportional to length × parts:
 * a visitor's path cannot make `<str:a>-<str:b>-<str:c>` or `<path:a>/<path:b>` slow. From right to left it notes where
 * each part may begin so that the rest fits, and how far it then reaches.
 * A custom pattern is tried on whole texts, longest first; what those trials cost is its author's.
 */
import type { PatternKind } from './converter.ts'
import { RunKind } from './converter.ts'
import type { Part } from './route-text.ts'

/**
 * Where each part ends, or `null` when the path does not fit.
 *
 * `open`: the parts are a prefix, so they need not reach the end of the path.
 */
export function fit(
  parts: readonly Part[],
  path: string,
  options: { start: number; open: boolean },
): readonly number[] | null {
  const { start, open } = options
  const reaches: Int32Array[] = []
  // rest[at] is not 0 when what follows may begin there. Positions are never 0: a path begins with its slash.
  let rest = new Int32Array(path.length + 1)
  if (open) rest.fill(1)
  else rest[path.length] = 1
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index] as Part
    const range = { first: start, last: index === 0 ? start : path.length }
    if (typeof part === 'string') rest = reachOfText(part, path, rest, range)
    else if (part.kind instanceof RunKind) rest = reachOfRun(part.kind, path, rest, range)
    else rest = reachOfPattern(part.kind, path, rest, range)
    reaches[index] = rest
  }
  if (rest[start] === 0) return null
  let at = start
  return reaches.map(reach => {
    at = reach[at] as number
    return at
  })
}

interface Range {
  readonly first: number
  readonly last: number
}

function reachOfText(text: string, path: string, rest: Int32Array, { first, last }: Range): Int32Array<ArrayBuffer> {
  const reach = new Int32Array(path.length + 1)
  for (let at = first; at <= last; at++) {
    const end = at + text.length
    if (rest[end] && path.startsWith(text, at)) reach[at] = end
  }
  return reach
}

function reachOfRun(kind: RunKind, path: string, rest: Int32Array, { first }: Range): Int32Array<ArrayBuffer> {
  const reach = new Int32Array(path.length + 1)
  let furthest = 0
  for (let at = path.length - 1; at >= first; at--) {
    if (!kind.has(path.charCodeAt(at))) furthest = 0
    else if (furthest === 0 && rest[at + 1] && !halvesCharacter(path, at + 1)) furthest = at + 1
    reach[at] = furthest
  }
  return reach
}

/** Whether a UTF-16 surrogate pair stands astride the position. */
function halvesCharacter(path: string, at: number): boolean {
  return (path.charCodeAt(at) & 0xfc00) === 0xdc00
}

function reachOfPattern(
  kind: PatternKind,
  path: string,
  rest: Int32Array,
  { first, last }: Range,
): Int32Array<ArrayBuffer> {
  const reach = new Int32Array(path.length + 1)
  const ends: number[] = []
  for (let end = path.length; end >= first; end--) if (rest[end] && !halvesCharacter(path, end)) ends.push(end)
  for (let at = first; at <= last; at++) {
    reach[at] = ends.find(end => end >= at && kind.takes(path, at, end)) ?? 0
  }
  return reach
}
