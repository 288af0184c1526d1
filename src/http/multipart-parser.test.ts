import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HttpError } from '../kit/index.ts'
import { MalformedMultipart, PartHeaderTooLarge } from './errors.ts'
import { MultipartParser } from './multipart-parser.ts'
import { parsePartHeader } from './part-header.ts'

/** Set SEED to run the same cases again, FUZZ to run more of them. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const fuzzCases = Number(process.env.FUZZ ?? (process.env.CI ? 100_000 : 20_000))

const boundary = 'cut'

/** The parts, each its header and its content, or the refusal. `sizes`: of the chunks, again and again. */
function parse(body: Buffer, sizes: readonly number[] = [body.length], maxHeaderBytes = 4096): readonly string[] {
  const parser = new MultipartParser(boundary, maxHeaderBytes)
  const parts: string[] = []
  const take = (): void => {
    for (let token = parser.next(); token !== 'more' && token !== 'end'; token = parser.next()) {
      if (token === 'head') parts.push(`${parser.bytes.toString('latin1')}|`)
      else if (token === 'data') parts.push(`${parts.pop()}${parser.bytes.toString('latin1')}`)
      else parts.push(`${parts.pop()}.`)
    }
  }
  for (let at = 0, index = 0; at < body.length; index += 1) {
    const size = sizes[index % sizes.length] as number
    parser.push(body.subarray(at, at + size))
    take()
    at += size
  }
  return parser.isComplete ? parts : [...parts, 'incomplete']
}

function outcome(body: Buffer, sizes?: readonly number[]): string {
  try {
    return JSON.stringify(parse(body, sizes))
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error))
    return error.code
  }
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1')

describe(`MultipartParser (SEED=${seed})`, () => {
  it('reads any form, cut anywhere, as it was written', () => {
    const content = fc.array(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '--',
        '-',
        '\r\n-',
        '\r\n--',
        '\r\n--cu',
        'cut',
        '--cut',
        '\n--cut',
        'x',
        '\0\xff',
      ),
      { maxLength: 12 },
    )
    const part = fc.tuple(fc.constantFrom('', 'A: b', 'A: b\r\nC: d'), content)
    const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        fc.constantFrom('', 'preamble'),
        chunkSizes,
        (parts, before, sizes) => {
          const whole = parts.map(([header, pieces]) => [header, pieces.join('')] as const)
          fc.pre(whole.every(([, written]) => !`\r\n${written}\r\n`.includes('\r\n--cut')))
          const written = whole.map(
            ([header, each]) => `\r\n--cut\r\n${header === '' ? '' : `${header}\r\n`}\r\n${each}`,
          )
          const form = `${before}${written.join('')}\r\n--cut--\r\nepilogue`
          const body = text(before === '' ? form.slice(2) : form)
          const expected = whole.map(([header, each]) => `${header}|${each}.`)
          assert.deepEqual(parse(body), expected)
          assert.deepEqual(parse(body, sizes), expected)
        },
      ),
      { numRuns: 2000, seed },
    )
  })

  it('makes the same of hostile bytes however they are cut, and refuses only by an HttpError', () => {
    const file = new URL('../../tests/vectors/multipart.json', import.meta.url)
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: { in: { body_b64: string } }[] }
    const bodies = cases
      .map(({ in: { body_b64 } }) =>
        text(Buffer.from(body_b64, 'base64').toString('latin1').replaceAll('----nuages', boundary)),
      )
      .filter(({ length }) => length < 1500)
    const mutation = fc.record({
      at: fc.nat(),
      remove: fc.nat(20),
      insert: fc.constantFrom(
        '',
        '\r',
        '\n',
        '\r\n',
        '\r\n--cut',
        '--',
        ' ',
        '"',
        ';',
        '=',
        '%',
        "'",
        '*',
        '\\',
        ':',
        '\0',
        '\xff',
        '\r\n\r\n',
      ),
    })
    fc.assert(
      fc.property(
        fc.nat(bodies.length - 1),
        fc.array(mutation, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
        (index, mutations, sizes) => {
          let body = bodies[index] as Buffer
          for (const { at, remove, insert } of mutations) {
            const start = at % (body.length + 1)
            body = Buffer.concat([body.subarray(0, start), text(insert), body.subarray(start + remove)])
          }
          const result = outcome(body)
          assert.equal(outcome(body, sizes), result)
          if (result.startsWith('['))
            for (const part of JSON.parse(result) as string[]) parsePartHeader(text(part.slice(0, part.indexOf('|'))))
        },
      ),
      { numRuns: fuzzCases, seed },
    )
  })

  it('limits the header of a part, its empty line counted, however it arrives', () => {
    const body = text('--cut\r\nA: 56789\r\n\r\nx\r\n--cut--')
    for (const sizes of [[1], [3], [1000]]) {
      assert.deepEqual(parse(body, sizes, 12), ['A: 56789|x.'])
      assert.throws(() => parse(body, sizes, 11), PartHeaderTooLarge)
      assert.throws(() => parse(text(`--cut\r\n${'x'.repeat(100_000)}`), sizes, 4096), PartHeaderTooLarge)
      assert.throws(() => parse(text(`--cut${' '.repeat(100_000)}`), sizes, 4096), PartHeaderTooLarge)
    }
  })

  it('refuses what could be read in two ways', () => {
    for (const body of [
      '--cut\r\n\r\na\r\n--cutter\r\n\r\nb\r\n--cut--',
      '--cut\r\n\r\na\r\n--cut-\r\n\r\nb\r\n--cut--',
      '--cut\n\nA: b\n\na\n--cut--',
      '--cut\r\r\n\r\na\r\n--cut--',
      '--cut\r\nA: b\r\n--cut\r\nC: d\r\n\r\na\r\n--cut--',
      '--cut\r\n--cut\r\n\r\na\r\n--cut--',
      '--cut\r\nA: b\r\n\r\n--cut\r\n\r\na\r\n--cut--',
      '--cut\r\n\r\n--cut--',
    ])
      for (const sizes of [[1], [1000]]) assert.throws(() => parse(text(body), sizes), MalformedMultipart, body)
  })

  it('lets nobody write into the boundary that it looks for', () => {
    const parser = new MultipartParser(boundary, 4096)
    parser.push(text('--cut\r\n\r\na\r\n--c'))
    for (let token = parser.next(); token !== 'more'; token = parser.next());
    parser.push(text('orn\r\n--cut--'))
    assert.equal(parser.next(), 'data')
    assert.equal(parser.bytes.toString(), '\r\n--c')
    parser.bytes.fill(0)
    assert.equal(parser.next(), 'data')
    assert.equal(parser.next(), 'tail')
    assert.equal(parser.next(), 'end')
  })
})
