/** Mistakes in multipart forms: what proxies, broken clients and attackers make of them. */
import type { Settings } from '../../src/settings/index.ts'
import { below, pick, type Random } from './random.ts'

export interface Form {
  readonly body: Buffer
  readonly contentType: string
  readonly settings: Partial<Settings>
}

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

type Mistake = (body: Buffer, random: Random, others: readonly Form[]) => Buffer

const at = (body: Buffer, random: Random): number => below(body.length + 1, random)

const mistakes: readonly Mistake[] = [
  (body, random) => insert(body, at(body, random), Buffer.from(pick(tokens, random), 'latin1')),
  (body, random) => insert(body, at(body, random), Buffer.from(pick(tokens, random), 'latin1')),
  (body, random) => {
    const start = at(body, random)
    return Buffer.concat([body.subarray(0, start), body.subarray(start + 1 + below(ranges.remove, random))])
  },
  (body, random) => {
    const start = at(body, random)
    return insert(body, at(body, random), body.subarray(start, start + 1 + below(ranges.repeat, random)))
  },
  (body, random) => {
    if (body.length === 0) return body
    const changed = Buffer.from(body)
    const index = below(body.length, random)
    changed[index] = (changed[index] as number) ^ (1 << below(8, random))
    return changed
  },
  (body, random) => body.subarray(0, at(body, random)),
  (body, random, others) => {
    const other = pick(others, random).body
    const start = at(other, random)
    return insert(body, at(body, random), other.subarray(start, start + below(ranges.splice, random)))
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
export function mutateForm(forms: readonly Form[], random: Random): Form {
  const form = pick(forms, random)
  if (random() < 0.05) return form
  let { body, contentType } = form
  for (let count = 1 + below(5, random); count > 0; count -= 1) body = pick(mistakes, random)(body, random, forms)
  if (random() < 0.05) {
    const index = below(contentType.length + 1, random)
    contentType = contentType.slice(0, index) + pick(typeTokens, random) + contentType.slice(index + below(3, random))
  }
  return { body, contentType, settings: form.settings }
}
