/** Chance that can be repeated: the same seed, the same case. */

/** Numbers from 0 to below 1. */
export type Random = () => number

/** The same numbers for the same seed (mulberry32). */
export function numbersBy(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from 0 to below `limit`. */
export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit)
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[below(items.length, random)] as Item
}

/** Up to `most` items. */
export function several<Item>(most: number, random: Random, make: () => Item): Item[] {
  return Array.from({ length: below(most + 1, random) }, make)
}

/** What breaks parsers of text, one way or another. */
const awkward: readonly string[] = [
  ...[
    '',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\x1c',
    '\x7f',
    '\x85',
    '\xa0',
    '\xff',
    '"',
    "'",
    '\\',
    '\\"',
    '%',
    '%%',
  ],
  ...[
    '+',
    '&',
    '=',
    ';',
    ',',
    ':',
    '/',
    '//',
    '?',
    '#',
    '.',
    '..',
    '-',
    '_',
    '*',
    '<',
    '>',
    '(',
    '[',
    '{',
    '}',
    '|',
    '$',
  ],
  ...[
    '%00',
    '%0d%0a',
    '%2e%2e%2f',
    '%C3%A9',
    '%c3',
    '%E2%82',
    '%ed%a0%80',
    '%u0041',
    '%G1',
    '&amp;',
    '\\u0000',
    '\\073',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', '__Host-', '__Secure-', 'null', 'NaN', '-0', '1e400', '1.0'],
  ...['é', '\u2028', '\u2000', '\ufeff', '\ufffd', '😀', '\ud800', '\udc00', 'İ', 'ß', 'Ａ', '00000000000000000001'],
]

const plain: readonly string[] = [
  'a',
  'b',
  'c',
  'x',
  'Z',
  '0',
  '1',
  '7',
  '42',
  'name',
  'value',
  'Content-Type',
  'utf-8',
]

/** A text of up to `most` pieces, plain and awkward ones. */
export function anyText(most: number, random: Random): string {
  return several(most, random, () => pick(random() < 0.5 ? plain : awkward, random)).join('')
}

type Mistake = (text: string, random: Random) => string

const place = (text: string, random: Random): number => below(text.length + 1, random)

const insert = (text: string, at: number, piece: string): string => text.slice(0, at) + piece + text.slice(at)

const mistakes: readonly Mistake[] = [
  (text, random) => insert(text, place(text, random), pick(awkward, random)),
  (text, random) => {
    const at = place(text, random)
    return text.slice(0, at) + text.slice(at + 1 + below(8, random))
  },
  (text, random) => {
    const at = place(text, random)
    return insert(text, place(text, random), text.slice(at, at + 1 + below(20, random)))
  },
  (text, random) => {
    const at = place(text, random)
    const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << below(8, random)))
    return at < text.length ? text.slice(0, at) + changed + text.slice(at + 1) : text
  },
  (text, random) => text.slice(0, place(text, random)),
  (text, random) => {
    const at = place(text, random)
    return text.slice(0, at) + text.charAt(at).repeat(2 + below(40, random)) + text.slice(at + 1)
  },
]

/** The text with up to four mistakes. They may undo each other. */
export function mutate(text: string, random: Random): string {
  let mutated = text
  for (let count = 1 + below(4, random); count > 0; count -= 1) mutated = pick(mistakes, random)(mutated, random)
  return mutated
}

/** As `mutate`, for bytes as latin-1 text: what is beyond them becomes its UTF-8. */
export function mutateBytes(bytes: string, random: Random): string {
  const mutated = mutate(bytes, random)
  return /[\u0100-\uffff]/.test(mutated)
    ? mutated.replace(/[\u0100-\uffff]+/g, text => Buffer.from(text).toString('latin1'))
    : mutated
}
