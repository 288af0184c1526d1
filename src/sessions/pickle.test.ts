import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { skipWithout } from '../../tests/real-parts.ts'
import { parseJson, serializeJson } from '../kit/index.ts'
import { PickleDamaged, PickleRefused } from './errors.ts'
import { readPickledSession } from './pickle-reader.ts'
import { writePickledSession } from './pickle-writer.ts'

const options = { seed: Date.now() }

/** What a Python program prints; `null` when the test was skipped. */
function python(t: TestContext, program: string, input = ''): string | null {
  try {
    execFileSync('python3', ['-c', ''])
  } catch {
    skipWithout(t, 'Python', 'apt-get install python3')
    return null
  }
  return execFileSync('python3', ['-c', program], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** `expression` pickled by each protocol. */
function pickled(t: TestContext, expression: string): readonly Buffer[] {
  const program = `import pickle, datetime, decimal, collections
value = ${expression}
for protocol in range(6): print(pickle.dumps(value, protocol).hex())`
  return (python(t, program) ?? '')
    .split('\n')
    .filter(Boolean)
    .map(line => Buffer.from(line, 'hex'))
}

const read = (bytes: Uint8Array): Record<string, string> => Object.fromEntries(readPickledSession(bytes))
const bytesOf = (...parts: readonly (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string))))

describe(`pickles (seed ${options.seed})`, () => {
  it('of all protocols are read to the same values', t => {
    const expression = `{
      'text': 'é 雲 😀 \\\\ \\n "q" \\x00', 'long': 'x' * 70000, 'half': '\\ud83d.', 'empty': '',
      'n': None, 't': True, 'f': False,
      'ints': [0, 1, -1, 255, 256, 65535, 65536, -129, 2**31 - 1, -2**31, 2**31, 2**53 + 1, -2**63, 2**64, 10**600],
      'floats': [0.0, -0.0, 1.0, 1.5, 1e16, 1e-7, float('inf'), float('-inf'), 9007199254740993.0],
      'nan': float('nan'),
      'dict': {'__proto__': {'a': 1}, 'b': []}, 'tuple': (), 'tuples': [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((),)],
      'keys': {1: 'int', '1': 'text', 1.5: 'float', None: 'none', False: 'bool'},
      'many': list(range(3000)), 'fields': {str(n): n for n in range(3000)},
    }`
    const all = pickled(t, expression).map(read)
    for (const texts of all) {
      assert.deepEqual(texts, all[0])
      assert.equal(texts.text, '"\\u00e9 \\u96f2 \\ud83d\\ude00 \\\\ \\n \\"q\\" \\u0000"')
      assert.equal(texts.half, '"\\ud83d."')
      assert.equal(texts.long?.length, 70_002)
      assert.equal(
        texts.ints,
        `[0,1,-1,255,256,65535,65536,-129,2147483647,-2147483648,2147483648,9007199254740993,-9223372036854775808,18446744073709551616,1${'0'.repeat(600)}]`,
      )
      assert.equal(texts.floats, '[0.0,-0.0,1.0,1.5,1e+16,1e-07,Infinity,-Infinity,9007199254740992.0]')
      assert.equal(texts.nan, 'NaN')
      assert.equal(texts.dict, '{"__proto__":{"a":1},"b":[]}')
      assert.equal(texts.tuple, '[ ]')
      assert.equal(texts.tuples, '[[ 1],[ 1,2],[ 1,2,3],[ 1,2,3,4],[ [ ]]]')
      assert.equal(texts.keys, '{"1" :"int","1":"text","1.5" :"float","null" :"none","false" :"bool"}')
      assert.equal((parseJson(texts.many as string) as number[]).length, 3000)
      assert.equal(Object.keys(parseJson(texts.fields as string) as object).length, 3000)
    }
  })

  it('come back from Python as they were, whoever wrote them', t => {
    const expression = `{'a': [1, 2.0, (3, {4: (5,), None: [], True: 'x', 'k': {}})], 'b': (), 'c': '\\ud83d', 'd': -2**2000, 'e': [-0.0, 2**31, -2**31 - 1, 128, -128, 32768, 255, 256, 65536] , 'f': {}, 'g': 'é' * 200}`
    const [first] = pickled(t, expression)
    if (first === undefined) return
    const ours = writePickledSession(readPickledSession(first)).toString('hex')
    const program = `import pickle
value = ${expression}
back = pickle.loads(bytes.fromhex('${ours}'))
assert repr(back) == repr(value), repr(back)
print('same')`
    assert.equal(python(t, program)?.trim(), 'same')
  })

  it('hold any JSON without a change, both ways', t => {
    const bigger = fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n })
    const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.double(), fc.integer(), bigger, fc.boolean())
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        scalar,
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }))
    const sessions = fc.sample(fc.dictionary(fc.string(), value), { ...options, numRuns: 300 })
    const lines: string[] = []
    for (const session of sessions) {
      const texts = Object.entries(session).map(([key, field]) => [key, serializeJson(field)] as const)
      const bytes = writePickledSession(texts)
      assert.deepEqual([...readPickledSession(bytes)], texts)
      lines.push(`${bytes.toString('hex')} {${texts.map(([key, json]) => `${serializeJson(key)}:${json}`).join()}}`)
    }
    const program = `import pickle, json, sys
for line in sys.stdin:
    ours, text = line.split(' ', 1)
    value = pickle.loads(bytes.fromhex(ours))
    assert repr(value) == repr(json.loads(text)), text
    print(pickle.dumps(json.loads(text), 5).hex())`
    const answer = python(t, program, lines.join('\n'))
    if (answer === null) return
    const theirs = answer.trim().split('\n')
    assert.equal(theirs.length, sessions.length)
    for (const [index, hex] of theirs.entries()) {
      const session = sessions[index] as object
      const expected = Object.entries(session).map(([key, field]) => [key, serializeJson(field)])
      assert.deepEqual([...readPickledSession(Buffer.from(hex, 'hex'))], expected)
    }
  })

  it('with one value in many places are read as copies', t => {
    for (const bytes of pickled(t, '(lambda x: {"a": [x, x], "b": x})([1])'))
      assert.deepEqual(read(bytes), { a: '[[1],[1]]', b: '[1]' })
  })
})

describe('a pickle that names code', () => {
  const refused = (bytes: Uint8Array): PickleRefused => {
    try {
      readPickledSession(bytes)
    } catch (error) {
      if (error instanceof PickleRefused) return error
      throw error
    }
    return assert.fail('it was read')
  }

  it('is refused by the name of the opcode, of what it would load, and of the key', t => {
    const cases: readonly (readonly [expression: string, global: string])[] = [
      ['datetime.datetime(2026, 1, 1)', 'datetime.datetime'],
      ['decimal.Decimal("1.5")', 'decimal.Decimal'],
      ['collections.OrderedDict(a=1)', 'collections.OrderedDict'],
    ]
    for (const [expression, global] of cases) {
      for (const bytes of pickled(t, `{'n': 1, 'when': ${expression}}`)) {
        const error = refused(bytes)
        assert.match(error.what, /^(?:STACK_)?GLOBAL$/)
        assert.equal(error.global, global)
        assert.equal(error.key, 'when')
        assert.match(error.message, new RegExp(`GLOBAL of ${global} under the key "when"`))
      }
      for (const bytes of pickled(t, `{'when': [0, ${expression}]}`)) assert.equal(refused(bytes).key, 'when')
    }
  })

  it('is refused when it holds bytes or a set', t => {
    const [, , , bytes, , newest] = pickled(t, `{'raw': b'x'}`)
    if (bytes === undefined || newest === undefined) return
    assert.deepEqual([refused(bytes).what, refused(newest).what], ['SHORT_BINBYTES', 'SHORT_BINBYTES'])
    assert.equal(refused(pickled(t, `{'raw': {1, 2}}`)[5] as Buffer).what, 'EMPTY_SET')
    assert.equal(refused(pickled(t, `{(1, 2): 3}`)[5] as Buffer).what, 'a dict with a tuple as a key')
    assert.match(refused(pickled(t, `{1: 2}`)[5] as Buffer).what, /the key "1", which is not text/)
  })

  it('is refused for each opcode that could do anything but make data', () => {
    const names = {
      '0': 'POP', '1': 'POP_MARK', '2': 'DUP', P: 'PERSID', Q: 'BINPERSID', R: 'REDUCE', S: 'STRING', T: 'BINSTRING',
      U: 'SHORT_BINSTRING', b: 'BUILD', c: 'GLOBAL', i: 'INST', o: 'OBJ', '\x81': 'NEWOBJ', '\x82': 'EXT1', '\x83': 'EXT2',
      '\x84': 'EXT4', B: 'BINBYTES', C: 'SHORT_BINBYTES', '\x8e': 'BINBYTES8', '\x8f': 'EMPTY_SET', '\x90': 'ADDITEMS',
      '\x91': 'FROZENSET', '\x92': 'NEWOBJ_EX', '\x93': 'STACK_GLOBAL', '\x96': 'BYTEARRAY8', '\x97': 'NEXT_BUFFER',
      '\x98': 'READONLY_BUFFER',
    } // biome-ignore format: a table
    for (const [byte, name] of Object.entries(names)) {
      const bytes = Buffer.from(`}\x8c\x01a\x8c\x02os${byte}system\nother\n.`, 'latin1')
      assert.equal(refused(bytes).what, name)
    }
  })

  it('does not reach what it names, in the forms that are used for attacks', () => {
    for (const attack of [
      "cos\nsystem\n(S'touch /tmp/owned'\ntR.",
      "(S'touch /tmp/owned'\nios\nsystem\n.",
      'cbuiltins\neval\n(Vprint(1)\ntR.',
    ])
      assert.match(refused(Buffer.from(attack)).what, /GLOBAL|INST|STRING/)
    assert.equal(refused(Buffer.from('cposix\nsystem\n.')).global, 'posix.system')
  })

  it('of a hostile length of name gives the log a bounded one', () => {
    assert.ok(refused(Buffer.from(`c${'a'.repeat(1e6)}\n${'b'.repeat(1e6)}\n.`)).message.length < 1000)
  })
})

describe('a hostile pickle', () => {
  /** Of this process: what others do at the same time takes none of it. */
  const within = (milliseconds: number, work: () => void): void => {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    assert.ok(user + system < milliseconds * 1000, `${user + system} µs`)
  }

  it('that doubles a list sixty times is refused before it fills memory', () => {
    const doubled = Array.from({ length: 60 }, (_, n) => bytesOf(']', 0x94, '(', 'h', n, 'h', n, 'e'))
    within(2000, () =>
      assert.throws(
        () => readPickledSession(bytesOf('}', 0x8c, 1, 'a', ']', '(', ']', 0x94, ...doubled, 'e', 's.')),
        (error: unknown) =>
          error instanceof PickleRefused && /characters of data under the key "a"/.test(error.message),
      ),
    )
  })

  it('that holds itself, or is nested without end, is refused', () => {
    const circle = bytesOf('}', 0x94, 0x8c, 1, 'a', 'h', 0, 's.')
    const nested = bytesOf('}', 0x8c, 1, 'a', ']'.repeat(100_000), 'a'.repeat(99_999), 's.')
    const tuples = bytesOf('}', 0x8c, 1, 'a', ')', Buffer.alloc(100_000, 0x85), 's.')
    const marks = bytesOf('}', 0x8c, 1, 'a', '('.repeat(200_000), 't'.repeat(200_000), 's.')
    for (const bytes of [circle, nested, tuples, marks])
      within(2000, () => assert.throws(() => readPickledSession(bytes), /more than 900 levels/))
  })

  it('of more values or bytes than a session can have is refused', () => {
    within(2000, () => assert.throws(() => readPickledSession(bytesOf('}', 'N'.repeat(600_000), '.')), /500000 values/))
    within(2000, () =>
      assert.throws(() => readPickledSession(bytesOf('N', Buffer.alloc(600_000, 0x94), '.')), /500000 values/),
    )
    within(2000, () => assert.throws(() => readPickledSession(Buffer.alloc(9 * 1024 * 1024, 'N')), /bytes/))
  })

  it('that announces more than there is ends there', () => {
    const huge = Buffer.alloc(8, 0xff)
    const long = Buffer.from([0xff, 0xff, 0xff, 0x7f])
    for (const bytes of [
      bytesOf('X', long, 'abc'), bytesOf(0x8d, huge, 'abc'), bytesOf(0x8c, 255, 'a'), bytesOf(0x95, 1), bytesOf('G', 'abc'),
      bytesOf(0x8a, 200, 'abc'), bytesOf('V', 'no end'), bytesOf('I'), bytesOf(0x80), bytesOf(),
    ]) // biome-ignore format: a table
      assert.throws(() => readPickledSession(bytes), PickleDamaged)
    assert.throws(() => readPickledSession(bytesOf(0x8b, 0xb8, 0x0b, 0, 0, '9'.repeat(3000), '.')), /4300 digits/)
    assert.throws(() => readPickledSession(bytesOf('I', '9'.repeat(5000), '\n.')), /4300 digits/)
  })

  it('is damaged, not refused, when its stack is', () => {
    const damaged = [
      '.', 'N.', '}}.', '(.', ')].', 'e.', 'Na.', '(Ne.', 'Ns.', '}(Nu.', '}NNNs.', 't.', '\x85.', 'h\x05.', 'g5\n.', 'gx\n.', 'q\x01.',
      'I1x\n.', 'F1x\n.', ']', '\xff.', '}(\x85.', 'X\x01\x00\x00\x00\xff.', 'V\\U00110000\n.',
    ] // biome-ignore format: a table
    for (const text of damaged)
      assert.throws(() => readPickledSession(Buffer.from(text, 'latin1')), PickleDamaged, JSON.stringify(text))
  })

  it('cut off anywhere, or with any byte changed, is read, refused or damaged, and nothing else', t => {
    const [, , , , , whole] = pickled(t, `{'a': [1, (2, 'x'), {'k': 2.5}], 'n': 2**80, 'user': {'id': 5}}`)
    if (whole === undefined) return
    const isKnown = (bytes: Uint8Array): void => {
      try {
        for (const [, json] of readPickledSession(bytes)) parseJson(json)
      } catch (error) {
        if (!(error instanceof PickleRefused || error instanceof PickleDamaged)) throw error
      }
    }
    for (let end = 0; end < whole.length; end++)
      assert.throws(() => readPickledSession(whole.subarray(0, end)), PickleDamaged)
    for (let index = 0; index < whole.length; index++)
      for (let value = 0; value < 256; value += 3) {
        const changed = Buffer.from(whole)
        changed[index] = value
        isKnown(changed)
      }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isKnown), { ...options, numRuns: 3000 })
  })
})
