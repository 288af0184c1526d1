/**
 * Pickles as Django keeps sessions in a cache: read as data, never run.
 *
 * A pickle is a program that may call any function of the Python that loads it. Owns the few opcodes that only build plain data; every other
 * one is refused by name, before anything is made of it. What it makes is text: the JSON of each key, spelled (./pickle-values.ts) so that
 * ./pickle-writer.ts can write the same Python value again.
 *
 * Leaves bytes, sets, dates and everything else with a class to Python.
 */
import { serializeJson } from '../kit/index.ts'
import { PickleDamaged, PickleRefused } from './errors.ts'
import { opcodeNames } from './pickle-opcodes.ts'
import { PickleTape } from './pickle-tape.ts'
import { pythonText, rawUnicode } from './pickle-text.ts'
import { Dict, floatText, keyText, List, Printer, Scalar, type PickledValue as Value } from './pickle-values.ts'

/** Largest pickle, in bytes. */
const maxLength = 8 * 1024 * 1024
/** Lists, dicts, numbers and texts of one pickle. Each takes a byte there and some twenty times as much here. */
const maxValues = 500_000
/** Python reads no integer of more digits from JSON; 1,786 bytes hold 4,300 of them. */
const maxIntegerDigits = 4300
const maxIntegerBytes = 1786
/** Python 3.14 still has none higher. */
const maxProtocol = 5

class Mark {
  readonly isMark = true
}

type Slot = Value | Mark

const none = new Scalar('none', 'null')
const yes = new Scalar('bool', 'true')
const no = new Scalar('bool', 'false')
const mark = new Mark()

const decimal = /^[+-]?(\d+)L?$/
const pythonFloat = /^[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|nan)$/

/**
 * The keys of a pickled session, each with the JSON text of its value.
 *
 * @throws {PickleRefused} for an opcode outside the safe ones, by its name, and for more than one session can sensibly hold.
 * @throws {PickleDamaged} for what is not a pickle of a dict.
 */
export function readPickledSession(bytes: Uint8Array): Map<string, string> {
  if (bytes.length > maxLength) throw new PickleRefused(`more than ${maxLength} bytes`)
  const machine = new Machine(new PickleTape(bytes))
  const value = machine.run()
  if (!(value instanceof Dict)) throw new PickleDamaged('It holds no dict.')
  const printer = new Printer()
  const texts = new Map<string, string>()
  for (const [key, field] of value.fields) {
    if (!key.endsWith('"')) throw new PickleRefused(`the key ${key.trim()}, which is not text`)
    const name = JSON.parse(key) as string
    printer.key = name
    texts.set(name, printer.print(field))
  }
  return texts
}

const stop = 0x2e

/** The stack machine of pickle, less everything that could call something. */
class Machine {
  readonly #tape: PickleTape
  readonly #stack: Slot[] = []
  readonly #memo = new Map<number, Value>()
  #values = 0

  constructor(tape: PickleTape) {
    this.#tape = tape
  }

  run(): Value {
    for (;;) {
      const code = this.#tape.byte()
      if (code === stop) break
      const step = stepsByCode[code]
      if (step === undefined) this.#refuse(code)
      step(this, this.#tape)
    }
    const [value] = this.pop(1) as [Value]
    if (this.#stack.length > 0) throw new PickleDamaged('More than one value is left.')
    return value
  }

  protocol(protocol: number): void {
    if (protocol > maxProtocol) throw new PickleRefused(`protocol ${protocol}`)
  }

  push(value: Value): void {
    this.#count()
    this.#stack.push(value)
  }

  mark(): void {
    this.#count()
    this.#stack.push(mark)
  }

  #count(): void {
    this.#values += 1
    if (this.#values > maxValues) throw new PickleRefused(`more than ${maxValues} values`)
  }

  text(text: string): void {
    this.push(new Scalar('text', serializeJson(text)))
  }

  integer(value: number | bigint): void {
    this.push(new Scalar('int', String(value)))
  }

  /** Two's complement, the lowest byte first. */
  long(bytes: Buffer): void {
    if (bytes.length > maxIntegerBytes) throw longInteger()
    const value = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
    const json = String(BigInt.asIntN(bytes.length * 8, value))
    if (json.length > maxIntegerDigits + 1 || /^\d{4301}$/.test(json)) throw longInteger()
    this.push(new Scalar('int', json))
  }

  /** Protocol 0: `12`, `01` for True; `12L` for one that is long. */
  decimalInteger(line: string, isLong: boolean): void {
    if (!isLong && (line === '00' || line === '01')) {
      this.push(line === '01' ? yes : no)
      return
    }
    const [, digits] = decimal.exec(line) ?? []
    if (digits === undefined) throw new PickleDamaged('An integer is not one.')
    if (digits.length > maxIntegerDigits) throw longInteger()
    this.integer(BigInt(digits) * (line.startsWith('-') ? -1n : 1n))
  }

  float(value: number): void {
    this.push(new Scalar('float', floatText(value)))
  }

  decimalFloat(line: string): void {
    if (!pythonFloat.test(line)) throw new PickleDamaged('A float is not one.')
    this.float(line.endsWith('nan') ? Number.NaN : Number(line.replace('inf', 'Infinity')))
  }

  list(items: Value[], isTuple: boolean): void {
    this.push(new List(items, isTuple))
  }

  append(items: readonly Value[]): void {
    const list = this.#top()
    if (!(list instanceof List) || list.isTuple) throw new PickleDamaged('Items are appended to what is no list.')
    for (const item of items) list.items.push(item)
  }

  dict(items: readonly Value[]): void {
    this.push(new Dict())
    this.setItems(items)
  }

  /** `items`: key, value, key, value … */
  setItems(items: readonly Value[]): void {
    const dict = this.#top()
    if (!(dict instanceof Dict) || items.length % 2 !== 0) throw new PickleDamaged('Fields are set on what is no dict.')
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index]
      if (!(key instanceof Scalar)) throw new PickleRefused('a dict with a tuple as a key')
      dict.fields.set(keyText(key), items[index + 1] as Value)
    }
  }

  /** What stands above the last mark, which goes too. */
  popMark(): Value[] {
    const start = this.#stack.lastIndexOf(mark)
    if (start < 0) throw new PickleDamaged('A mark is missing.')
    return this.#stack.splice(start).slice(1) as Value[]
  }

  /** The topmost values, the deepest first. */
  pop(count: number): Value[] {
    const values = this.#stack.splice(Math.max(0, this.#stack.length - count))
    if (values.length < count || values.includes(mark)) throw new PickleDamaged('A value is missing.')
    return values as Value[]
  }

  #top(): Value {
    const value = this.#stack.at(-1)
    if (value === undefined || value instanceof Mark) throw new PickleDamaged('A value is missing.')
    return value
  }

  put(index: number): void {
    this.#count()
    this.#memo.set(index, this.#top())
  }

  memoize(): void {
    this.put(this.#memo.size)
  }

  get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw new PickleDamaged('A value is named that was never kept.')
    this.push(value)
  }

  /** Names the opcode, what it would have loaded, and the key of the session that it stands under. */
  #refuse(code: number): never {
    const opcode = opcodeNames[code]
    if (opcode === undefined) throw new PickleDamaged(`The byte ${code} is no opcode.`)
    const key = this.#keyBelow(opcode === 'STACK_GLOBAL' ? 2 : 0)
    throw new PickleRefused(opcode, { global: this.#globalOf(opcode), key })
  }

  #globalOf(opcode: string): string | null {
    if (opcode === 'STACK_GLOBAL') {
      const [module, name] = this.pop(2) as [Value, Value]
      return `${nameOf(module) ?? '?'}.${nameOf(name) ?? '?'}`
    }
    if (opcode !== 'GLOBAL' && opcode !== 'INST') return null
    const [module, name] = [this.#tape.line(), this.#tape.line()]
    return `${module.toString('latin1').slice(0, maxNameLength)}.${name.toString('latin1').slice(0, maxNameLength)}`
  }

  /**
   * On the stack stand the session, then a mark, keys and values, or just one key. `above`: what the opcode itself has put there.
   * Deep inside a value without marks it may be a key of that value.
   */
  #keyBelow(above: number): string | null {
    const [session, next] = this.#stack
    if (!(session instanceof Dict)) return null
    if (!(next instanceof Mark)) return nameOf(next)
    const nextMark = this.#stack.indexOf(mark, 2)
    const count = (nextMark < 0 ? this.#stack.length - above : nextMark) - 2
    return count <= 0 ? null : nameOf(this.#stack[2 + 2 * Math.floor((count - 1) / 2)])
  }
}

function nameOf(slot: Slot | undefined): string | null {
  if (!(slot instanceof Scalar) || slot.kind !== 'text') return null
  return (JSON.parse(slot.json) as string).slice(0, maxNameLength)
}

function longInteger(): PickleRefused {
  return new PickleRefused(`an integer of more than ${maxIntegerDigits} digits`)
}

/** What a log shows of a name from a pickle. */
const maxNameLength = 200

type Step = (machine: Machine, tape: PickleTape) => void

/** The opcodes that make data and nothing else. */
const steps: Readonly<Record<string, Step>> = {
  PROTO: (machine, tape) => machine.protocol(tape.byte()),
  // How much to read at once; all of it is here.
  FRAME: (_, tape) => void tape.uint64(),
  MARK: machine => machine.mark(),
  NONE: machine => machine.push(none),
  NEWTRUE: machine => machine.push(yes),
  NEWFALSE: machine => machine.push(no),
  INT: (machine, tape) => machine.decimalInteger(tape.line().toString('latin1'), false),
  LONG: (machine, tape) => machine.decimalInteger(tape.line().toString('latin1'), true),
  BININT: (machine, tape) => machine.integer(tape.int32()),
  BININT1: (machine, tape) => machine.integer(tape.byte()),
  BININT2: (machine, tape) => machine.integer(tape.uint16()),
  LONG1: (machine, tape) => machine.long(tape.bytes(tape.byte())),
  LONG4: (machine, tape) => machine.long(tape.bytes(tape.uint32())),
  FLOAT: (machine, tape) => machine.decimalFloat(tape.line().toString('latin1')),
  BINFLOAT: (machine, tape) => machine.float(tape.float64()),
  UNICODE: (machine, tape) => machine.text(rawUnicode(tape.line())),
  SHORT_BINUNICODE: (machine, tape) => machine.text(pythonText(tape.bytes(tape.byte()))),
  BINUNICODE: (machine, tape) => machine.text(pythonText(tape.bytes(tape.uint32()))),
  BINUNICODE8: (machine, tape) => machine.text(pythonText(tape.bytes(tape.uint64()))),
  EMPTY_LIST: machine => machine.list([], false),
  LIST: machine => machine.list(machine.popMark(), false),
  APPEND: machine => machine.append(machine.pop(1)),
  APPENDS: machine => machine.append(machine.popMark()),
  EMPTY_TUPLE: machine => machine.list([], true),
  TUPLE: machine => machine.list(machine.popMark(), true),
  TUPLE1: machine => machine.list(machine.pop(1), true),
  TUPLE2: machine => machine.list(machine.pop(2), true),
  TUPLE3: machine => machine.list(machine.pop(3), true),
  EMPTY_DICT: machine => machine.dict([]),
  DICT: machine => machine.dict(machine.popMark()),
  SETITEM: machine => machine.setItems(machine.pop(2)),
  SETITEMS: machine => machine.setItems(machine.popMark()),
  GET: (machine, tape) => machine.get(memoIndex(tape.line().toString('latin1'))),
  BINGET: (machine, tape) => machine.get(tape.byte()),
  LONG_BINGET: (machine, tape) => machine.get(tape.uint32()),
  PUT: (machine, tape) => machine.put(memoIndex(tape.line().toString('latin1'))),
  BINPUT: (machine, tape) => machine.put(tape.byte()),
  LONG_BINPUT: (machine, tape) => machine.put(tape.uint32()),
  MEMOIZE: machine => machine.memoize(),
}

const stepsByCode: readonly (Step | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const name = opcodeNames[code]
  return name === undefined || !Object.hasOwn(steps, name) ? undefined : steps[name]
})

/** Protocol 0 writes places of the memo in decimal. */
function memoIndex(line: string): number {
  if (!/^\d{1,9}$/.test(line)) throw new PickleDamaged('A place of the memo is not a number.')
  return Number(line)
}
