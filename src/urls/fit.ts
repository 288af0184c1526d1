/**
 * Fits a path to the parts of a route, placeholders taking as much as they can, leftmost first.
 *
 * Gives what a backtracking regular expression gives (Django's way), in time proportional to length × parts:
 * a visitor's path cannot make `<str:a>-<str:b>-<str:c>` or `<path:a>/<path:b>` slow. From right to left it notes where
 * each part may begin so that the rest fits, and how far it then reaches.
 * A custom pattern is tried on whole texts, longest first; what those trials cost is its author's, unless every text has about the
 * same length.
 */
import type { PatternKind } from './converter.ts'
import { RunKind } from './converter.ts'
import type { Part } from './route-text.ts'

export interface FitOptions {
  /** Where the first part begins. */
  readonly start: number
  /** The parts are a prefix, so they need not reach the end of the path. */
  readonly open: boolean
}

/** Where each part ends, or `null` when the path does not fit. No two neighbours in `parts` are texts. */
export function fit(parts: readonly Part[], path: string, options: FitOptions): readonly number[] | null {
  const first = parts[0]
  const last = parts.at(-1)
  if (typeof first === 'string' && !path.startsWith(first, options.start)) return null
  if (options.open) return fitAny(parts, path, options)
  if (typeof last === 'string' && !path.endsWith(last)) return null
  const placeholders = parts.length - (typeof first === 'string' ? 1 : 0) - (typeof last === 'string' ? 1 : 0)
  return placeholders === 1 ? fitOne(parts, path, options.start) : fitAny(parts, path, options)
}

/** One placeholder, perhaps between two texts: `media/<path:file>`, `<int:id>.json`. There is one way only. */
function fitOne(parts: readonly Part[], path: string, start: number): readonly number[] | null {
  const ends: number[] = []
  let at = start
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1]
    const end = typeof part === 'string' ? at + part.length : path.length - (typeof next === 'string' ? next.length : 0)
    if (typeof part !== 'string' && (end < at || !part.kind.takes(path, at, end))) return null
    ends.push(end)
    at = end
  }
  return ends
}

function fitAny(parts: readonly Part[], path: string, { start, open }: FitOptions): readonly number[] | null {
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
  const { shortest, longest } = kind.lengths
  const ends: number[] = []
  for (let end = path.length; end >= first; end--) if (rest[end] && !halvesCharacter(path, end)) ends.push(end)
  // A pattern without slashes reaches no further than the next one: `<word:a>/<path:b>` would else cost the path's length squared.
  let slash = kind.withinSegment ? path.indexOf('/', last) : -1
  if (slash < 0) slash = path.length
  let next = 0
  for (let at = last; at >= first; at--) {
    if (kind.withinSegment && path.charCodeAt(at) === 0x2f) slash = at
    while ((ends[next] as number) > Math.min(at + longest, slash)) next++
    for (let index = next; reach[at] === 0 && (ends[index] as number) >= at + shortest; index++) {
      const end = ends[index] as number
      if (kind.takes(path, at, end)) reach[at] = end
    }
  }
  return reach
}
