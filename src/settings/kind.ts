/**
 * The kinds of value that a setting may have.
 *
 * Owns what is accepted and its normal form. Leaves names, defaults and messages to the other files of this room.
 */

/** One kind of value. */
export interface Kind<Value> {
  /** What is accepted, to follow "must be": `true or false`. */
  readonly expected: string
  /** The value in its normal form; `undefined` for one that is not accepted. */
  read(given: unknown): Value | undefined
  /** What an environment variable stands for, still to be `read`. */
  fromText(text: string): unknown
}

/** One setting: its kind, and its default for the Django that shares the database (`null`: none does). */
export interface Definition<Value> {
  readonly kind: Kind<Value>
  readonly byDefault: (djangoVersion: string | null) => Value
  /** Its value is never shown, not in an error either. */
  readonly secret: boolean
}

/** The definitions of an interface of settings: none may be forgotten. */
export type Definitions<Group> = { readonly [Name in keyof Group]: Definition<Group[Name]> }

/** A setting with one default. */
export function setting<Value>(
  kind: Kind<Value>,
  value: Value,
  { secret = false }: { readonly secret?: boolean } = {},
): Definition<Value> {
  return { kind, byDefault: () => value, secret }
}

/** A setting whose default depends on the version of Django. */
export function versionedSetting<Value>(
  kind: Kind<Value>,
  byDefault: (djangoVersion: string | null) => Value,
): Definition<Value> {
  return { kind, byDefault, secret: false }
}

export const flag: Kind<boolean> = {
  expected: 'true or false',
  read: given => (typeof given === 'boolean' ? given : undefined),
  fromText: text => ({ true: true, '1': true, false: false, '0': false })[text.toLowerCase()] ?? text,
}

/** A whole number, from `least` up. `unit`: `seconds`. */
export function count(unit: string, least = 0): Kind<number> {
  return {
    expected: `a whole number of ${unit}, ${least} or more`,
    read: given => (Number.isSafeInteger(given) && (given as number) >= least ? (given as number) : undefined),
    fromText: text => (/^\d+(?:_\d+)*$/.test(text) ? Number(text.replaceAll('_', '')) : text),
  }
}

/** Text that fits `pattern`. */
export function text(expected: string, pattern: RegExp): Kind<string> {
  return {
    expected,
    read: given => (typeof given === 'string' && pattern.test(given) ? given : undefined),
    fromText: given => given,
  }
}

/** One of a few words; `others` are further spellings of them. */
export function oneOf<Word extends string>(
  words: readonly Word[],
  others: Readonly<Record<string, Word>> = {},
): Kind<Word> {
  return {
    expected: words.map(word => `'${word}'`).join(' or '),
    read: given => {
      const word = words.find(word => word === given)
      return word ?? (typeof given === 'string' && Object.hasOwn(others, given) ? others[given] : undefined)
    },
    fromText: given => given,
  }
}

/** Either what `kind` accepts or `null`. */
export function nullable<Value>(kind: Kind<Value>): Kind<Value | null> {
  return {
    expected: `${kind.expected}, or null`,
    read: given => (given === null ? null : kind.read(given)),
    fromText: given => (isNone(given) ? null : kind.fromText(given)),
  }
}

/** A list. From the environment: JSON, or items with commas between them. */
export function list<Item>(kind: Kind<Item>): Kind<readonly Item[]> {
  return {
    expected: `a list; each item ${kind.expected}`,
    read: given => {
      if (!Array.isArray(given)) return undefined
      const items: Item[] = []
      for (const each of given) {
        const item = kind.read(each)
        if (item === undefined) return undefined
        items.push(item)
      }
      return items
    },
    fromText: given => {
      if (given.trimStart().startsWith('[')) return parseJsonText(given)
      const items = given.split(',').map(item => item.trim())
      return items.filter(item => item !== '').map(item => kind.fromText(item))
    },
  }
}

/** Text as JSON where it is JSON; itself otherwise, which no structured kind accepts. */
export function parseJsonText(given: string): unknown {
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

/** True for an object written in a settings file: `{ … }`. */
export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** How an environment says `null`. */
function isNone(given: string): boolean {
  return given === '' || given.toLowerCase() === 'none' || given.toLowerCase() === 'null'
}

/** Printable text that can stand in a header or a cookie's attribute: no controls, no `;`. */
export const attributeText: Kind<string> = text('text without ";" and control characters', /^[\x20-\x3a\x3c-\x7e]+$/)
/** Any text with something in it and no control characters. */
export const line: Kind<string> = text('text in one line', /^[^\p{Cc}]+$/u)
