/** Mistakes in multipart forms: what proxies, broken clients and attackers make of them. */
import type { Settings } from '../../src/settings/index.ts'

export interface Form {
  readonly body: Buffer
  readonly contentType: string
  readonly settings: Partial<Settings>
}

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function numbersBy(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const pick = <Item>(items: readonly Item[], random: () => number): Item =>
  items[Math.floor(random() * items.length)] as Item

/** What means something somewhere in a form. */
const tokens: readonly string[] = [
  ...['\r', '\n', '\r\n', '\r\n\r\n', '\n\n', '--', '-', ' ', '\t', '\0', '"', "'", ';', ':', '=', '%', '*', '\\', '/'],
  ...['\r\n------nuages', '\r\n------nuages--', '------nuages\r\n', '\r\n------nuage', '\r\n------nuagess'],
  ...['Content-Disposition: form-data; name="x"\r\n', 'Content-Disposition: attachment; filename="x"\r\n'],
  ...['; filename="a.txt"', '; filename=""', "; filename*=utf-8''%2e%2e%2fx", '; name="__proto__"', '; name=x'],
  ...[
    'Content-Type: text/plain; charset=utf-16\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'Content-Type: multipart/mixed; boundary=in\r\n',
  ],
  ...['\xff', '\xc3', '\xe2\x80\xa8', '\xef\xbb\xbf', '&#x2f;', '../', '=?utf-8?q?x?=', 'A: b\r\n c\r\n'],
]

const ranges = { remove: 40, repeat: 60, splice: 300 } as const

type Mistake = (body: Buffer, random: () => number, others: readonly Form[]) => Buffer

const at = (body: Buffer, random: () => number): number => Math.floor(random() * (body.length + 1))

const mistakes: readonly Mistake[] = [
  (body, random) => insert(body, at(body, random), Buffer.from(pick(tokens, random), 'latin1')),
  (body, random) => insert(body, at(body, random), Buffer.from(pick(tokens, random), 'latin1')),
  (body, random) => {
    const start = at(body, random)
    return Buffer.concat([body.subarray(0, start), body.subarray(start + 1 + Math.floor(random() * ranges.remove))])
  },
  (body, random) => {
    const start = at(body, random)
    return insert(body, at(body, random), body.subarray(start, start + 1 + Math.floor(random() * ranges.repeat)))
  },
  (body, random) => {
    if (body.length === 0) return body
    const changed = Buffer.from(body)
    const index = Math.floor(random() * body.length)
    changed[index] = (changed[index] as number) ^ (1 << Math.floor(random() * 8))
    return changed
  },
  (body, random) => body.subarray(0, at(body, random)),
  (body, random, others) => {
    const other = pick(others, random).body
    const start = at(other, random)
    return insert(body, at(body, random), other.subarray(start, start + Math.floor(random() * ranges.splice)))
  },
]

function insert(body: Buffer, index: number, piece: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, index), piece, body.subarray(index)])
}

/** What a content type may lack, or have too much of. */
const typeTokens: readonly string[] = [
  '"',
  ';',
  '=',
  ' ',
  '; boundary=x',
  '; charset=utf-8',
  '; charset=utf-7',
  '-',
  '\\',
  "*=utf-8''",
]

/** A form of these with up to five mistakes; one in twenty has none. */
export function mutate(forms: readonly Form[], random: () => number): Form {
  const form = pick(forms, random)
  if (random() < 0.05) return form
  let { body, contentType } = form
  for (let count = 1 + Math.floor(random() * 5); count > 0; count -= 1)
    body = pick(mistakes, random)(body, random, forms)
  if (random() < 0.05) {
    const index = Math.floor(random() * (contentType.length + 1))
    contentType =
      contentType.slice(0, index) + pick(typeTokens, random) + contentType.slice(index + Math.floor(random() * 3))
  }
  return { body, contentType, settings: form.settings }
}
