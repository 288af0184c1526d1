/** JSON documents by chance, and what becomes of them on the way. */
import { anyText, below, mutate, pick, type Random, several } from './random.ts'

const numbers: readonly string[] = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '0.1',
    '1e2',
    '1E+2',
    '1e-7',
    '1e400',
    '-1e400',
    '9007199254740991',
    '9007199254740993',
  ],
  ...['-9007199254740992', '12345678901234567890', '12345678901234567890.5', 'NaN', 'Infinity', '-Infinity', '5e-324'],
]

const spaces: readonly string[] = ['', '', '', '', ' ', '\n', '\t', '\r\n', '  ']

/** Text of a document, spaced and spelled as nobody would. */
export function anyJson(random: Random, depth: number = 0): string {
  const around = (text: string): string => pick(spaces, random) + text + pick(spaces, random)
  const kind = below(depth > 4 ? 4 : 7, random)
  if (kind === 0) return around(pick(numbers, random))
  if (kind === 1) return around(pick(['null', 'true', 'false'], random))
  if (kind <= 3) return around(anyString(random))
  const items = several(depth === 0 ? 6 : 3, random, () => anyJson(random, depth + 1))
  if (kind === 4) return around(`[${items.join(',')}]`)
  return anyObject(items, random)
}

/** An object with these texts of values. */
export function anyObject(values: readonly string[], random: Random): string {
  const names = ['"a"', '"b"', '"__proto__"', '"constructor"', '""', '"_session_expiry"', '"_auth_user_id"']
  const fields = values.map(value => `${random() < 0.5 ? pick(names, random) : anyString(random)}:${value}`)
  return `${pick(spaces, random)}{${fields.join(',')}}${pick(spaces, random)}`
}

function anyString(random: Random): string {
  const text = JSON.stringify(anyText(3, random))
  // The same text, spelled otherwise.
  return random() < 0.2
    ? text.replace(/[a-z0]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`.replace('\\\\u', '\\u'))
    : text
}

/** As they come in: mostly whole, some with mistakes, few nested beyond all measure. */
export function sentJson(random: Random): string {
  const chance = random()
  if (chance < 0.5) return anyJson(random)
  if (chance < 0.99) return mutate(anyJson(random), random)
  const depth = below(5000, random)
  const [open, close] = pick(
    [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const,
    random,
  )
  return open.repeat(depth) + anyJson(random) + close.repeat(random() < 0.5 ? depth : below(depth + 1, random))
}
