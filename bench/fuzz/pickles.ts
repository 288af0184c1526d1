/** Pickles of sessions, which nobody has signed: plain data or a refusal by name, and what was read is written as the same again. */
import assert from 'node:assert/strict'
import { parseJson, splitJsonObject } from '../../src/kit/index.ts'
import { PickleDamaged, PickleRefused } from '../../src/sessions/errors.ts'
import { readPickledSession } from '../../src/sessions/pickle-reader.ts'
import { writePickledSession } from '../../src/sessions/pickle-writer.ts'
import { anyJson, anyObject } from './json-texts.ts'
import { below, mutateBytes, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

/** Opcodes with arguments that fit them, and those that would load something. */
const opcodes: readonly string[] = [
  ...[
    '\x80\x04',
    '(',
    ')',
    ']',
    '}',
    'N',
    '\x88',
    '\x89',
    'K\x01',
    'M\x01\x02',
    'J\xff\xff\xff\xff',
    'G?\xf0\0\0\0\0\0\0',
  ],
  ...['\x8c\x01a', '\x8c\x02__', 'X\x01\0\0\0b', 'Vx\n', 'I01\n', 'I7\n', 'L9L\n', 'F1.5\n', 'Fnan\n', '\x8a\x01\xff'],
  ...[
    'a',
    'e',
    's',
    'u',
    't',
    'd',
    'l',
    '\x85',
    '\x86',
    '\x87',
    '\x94',
    'q\0',
    'h\0',
    'h\x01',
    'p1\n',
    'g1\n',
    'j\0\0\0\0',
  ],
  ...[
    '0',
    '1',
    '2',
    '.',
    'R',
    'c',
    'cos\nsystem\n',
    '\x93',
    'b',
    '\x81',
    'o',
    'i',
    'P',
    'Q',
    '\x95\0\0\0\0\0\0\0\0',
    '\x8b',
  ],
  ...['\x8e\xff\xff\xff\xff\xff\xff\xff\x7f', 'B\xff\xff\xff\x7f', 'X\xff\xff\xff\xff', '\x8d\x01\0\0\0\0\0\0\0c'],
]

function anyProgram(random: Random): string {
  return `\x80\x04}(\x8c\x01a${several(20, random, () => pick(opcodes, random)).join('')}u.`
}

/** A list in a list in a list, each twice: grows beyond all measure when written out. */
function bomb(random: Random): string {
  return `\x80\x04}(\x8c\x01a]\x94${`(h\0h\0e\x94h${String.fromCharCode(below(4, random))}`.repeat(below(60, random))}u.`
}

function pickled(random: Random): string {
  const texts = splitJsonObject(
    anyObject(
      several(6, random, () => anyJson(random, 2)),
      random,
    ),
  )
  assert.ok(texts !== null)
  return writePickledSession(texts).toString('latin1')
}

function read(bytes: Buffer): Map<string, string> | string {
  try {
    return readPickledSession(bytes)
  } catch (error) {
    if (error instanceof PickleDamaged) return 'damaged'
    if (error instanceof PickleRefused) return 'refused'
    throw error
  }
}

export function openPickles(): Target {
  return {
    name: 'pickles',
    check(random) {
      const kind = random()
      const made = kind < 0.4 ? anyProgram(random) : kind < 0.41 ? bomb(random) : pickled(random)
      const bytes = Buffer.from(kind < 0.8 ? mutateBytes(made, random) : made, 'latin1')
      const texts = read(bytes)
      if (kind >= 0.8) assert.notEqual(typeof texts, 'string', 'Our own pickle was refused.')
      if (typeof texts === 'string') return texts
      for (const text of texts.values()) parseJson(text)
      assert.deepEqual(read(writePickledSession(texts)), texts, bytes.toString('latin1'))
      return 'read'
    },
  }
}
