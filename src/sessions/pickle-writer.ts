/**
 * Sessions as Django finds them in a cache: a pickle of a dict.
 *
 * Owns the way from the JSON texts of ./pickle-reader.ts, white space included, to opcodes of protocol 4, which every Python 3 reads. It makes
 * only the plain ones: no pickle of ours names anything that Python would load.
 */
/** `PROTO 4`, and the `STOP` at the end. */
const protocol = Buffer.from([0x80, 4])
const stop = Buffer.from('.')

const code = {
  mark: Buffer.from('('),
  none: Buffer.from('N'),
  yes: Buffer.from([0x88]),
  no: Buffer.from([0x89]),
  emptyList: Buffer.from(']'),
  appends: Buffer.from('e'),
  emptyTuple: Buffer.from(')'),
  tuple: Buffer.from('t'),
  emptyDict: Buffer.from('}'),
  setItems: Buffer.from('u'),
} as const

/** A pickle of a session: its keys, each with the JSON text of its value. The texts must be JSON as `parseJson` reads it. */
export function writePickledSession(texts: Iterable<readonly [string, string]>): Buffer {
  const parts: Buffer[] = [protocol, code.emptyDict, code.mark]
  for (const [key, json] of texts) {
    parts.push(pickledText(key))
    new JsonPickler(json, parts).write()
  }
  parts.push(code.setItems, stop)
  return Buffer.concat(parts)
}

const scalarEnd = /[,\]}\s]|$/g
const space = /\s*/y

/** One pass over a JSON text; each value becomes its opcodes where it stands. Depth is bounded by who made the text. */
class JsonPickler {
  readonly #text: string
  readonly #parts: Buffer[]
  #index = 0

  constructor(text: string, parts: Buffer[]) {
    this.#text = text
    this.#parts = parts
  }

  write(): void {
    this.#space()
    const first = this.#text[this.#index]
    if (first === '[') this.#list()
    else if (first === '{') this.#dict()
    else if (first === '"') this.#parts.push(pickledText(this.#string()))
    else this.#parts.push(pickledScalar(this.#scalar()))
    this.#space()
  }

  #list(): void {
    this.#index++
    const isTuple = this.#text[this.#index] === ' '
    if (!isTuple) this.#parts.push(code.emptyList)
    const start = this.#parts.push(code.mark)
    while (!this.#closes(']')) this.write()
    if (this.#parts.length > start) this.#parts.push(isTuple ? code.tuple : code.appends)
    else {
      this.#parts.pop()
      if (isTuple) this.#parts.push(code.emptyTuple)
    }
  }

  #dict(): void {
    this.#index++
    this.#parts.push(code.emptyDict, code.mark)
    while (!this.#closes('}')) {
      const key = this.#string()
      const isText = this.#text[this.#index] === ':'
      this.#parts.push(isText ? pickledText(key) : pickledScalar(key))
      this.#index = this.#text.indexOf(':', this.#index) + 1
      this.write()
    }
    this.#parts.push(code.setItems)
  }

  /** Passes what stands between two items; true when the bracket is there. */
  #closes(bracket: string): boolean {
    this.#space()
    if (this.#text[this.#index] === ',') this.#index++
    this.#space()
    if (this.#text[this.#index] !== bracket) return false
    this.#index++
    return true
  }

  #space(): void {
    space.lastIndex = this.#index
    space.test(this.#text)
    this.#index = space.lastIndex
  }

  #string(): string {
    const start = this.#index
    let end = this.#text.indexOf('"', start + 1)
    while (isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1)
    this.#index = end + 1
    return JSON.parse(this.#text.slice(start, end + 1)) as string
  }

  #scalar(): string {
    scalarEnd.lastIndex = this.#index
    const end = scalarEnd.exec(this.#text)?.index ?? this.#text.length
    const text = this.#text.slice(this.#index, end)
    this.#index = end
    return text
  }
}

/** An odd number of backslashes stands before the quote. */
function isEscaped(text: string, quote: number): boolean {
  let start = quote
  while (text[start - 1] === '\\') start--
  return (quote - start) % 2 === 1
}

/** `null`, `true`, `false`, an integer or a float, as JSON spells it. */
function pickledScalar(json: string): Buffer {
  if (json === 'null') return code.none
  if (json === 'true') return code.yes
  if (json === 'false') return code.no
  return /^-?\d+$/.test(json) ? pickledInteger(json) : pickledFloat(Number(json))
}

function pickledFloat(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(0x47) // BINFLOAT
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** BININT1, BININT2, BININT, or LONG1 and LONG4 for what these cannot hold. */
function pickledInteger(json: string): Buffer {
  const value = Number(json)
  if (value >= 0 && value <= 0xff) return Buffer.from([0x4b, value])
  if (value >= 0 && value <= 0xffff) return Buffer.from([0x4d, value & 0xff, value >> 8])
  if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
    const bytes = Buffer.alloc(5)
    bytes.writeUInt8(0x4a)
    bytes.writeInt32LE(value, 1)
    return bytes
  }
  const long = longBytes(BigInt(json))
  const head = Buffer.alloc(long.length <= 0xff ? 2 : 5)
  if (long.length <= 0xff) head.set([0x8a, long.length])
  else {
    head.writeUInt8(0x8b)
    head.writeUInt32LE(long.length, 1)
  }
  return Buffer.concat([head, long])
}

/** Two's complement, the lowest byte first, in as few bytes as hold the sign too. */
function longBytes(value: bigint): Buffer {
  const magnitude = (value < 0n ? -value - 1n : value).toString(16)
  const length =
    Math.floor((magnitude.length * 4 - Math.clz32(Number.parseInt(magnitude[0] as string, 16)) + 28) / 8) + 1
  const hex = BigInt.asUintN(length * 8, value).toString(16)
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex').reverse()
}

/** SHORT_BINUNICODE or BINUNICODE. */
function pickledText(text: string): Buffer {
  const bytes = text.isWellFormed() ? Buffer.from(text) : surrogateBytes(text)
  if (bytes.length <= 0xff) return Buffer.concat([Buffer.from([0x8c, bytes.length]), bytes])
  const head = Buffer.alloc(5)
  head.writeUInt8(0x58)
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** UTF-8 in which half a surrogate pair has three bytes, as in Python's pickles. */
function surrogateBytes(text: string): Buffer {
  const parts: Buffer[] = []
  for (const character of text) {
    const point = character.codePointAt(0) as number
    const isHalf = point >= 0xd800 && point <= 0xdfff
    parts.push(
      isHalf ? Buffer.from([0xed, 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f)]) : Buffer.from(character),
    )
  }
  return Buffer.concat(parts)
}
