import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BadFormEncoding, TooManyFields } from './errors.ts'
import { parseMediaType } from './media-type.ts'
import { parseFormBytes, parseQueryBytes, parseQueryString, parseQueryText, QueryDict } from './query-dict.ts'

interface Vector {
  readonly id: string
  readonly op: string
  readonly in: {
    readonly text?: string
    readonly bytes_b64?: string
    readonly query_b64?: string
    readonly body_b64?: string
    readonly content_type?: string
    readonly encoding?: string
    readonly key?: string
    readonly safe?: string | null
    readonly lists?: [string, string[]][]
    readonly settings?: { DATA_UPLOAD_MAX_NUMBER_FIELDS?: number; DATA_UPLOAD_MAX_MEMORY_SIZE?: number }
  }
  readonly out: Record<string, unknown>
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/querydict.json', import.meta.url), 'utf8'),
).cases

const of = (op: string): Vector[] => vectors.filter(vector => vector.op === op)
const bytes = (base64: string | undefined): Uint8Array => Buffer.from(base64 ?? '', 'base64')
const lists = (query: QueryDict): unknown => ({ lists: [...query.lists()] })

/** Django's name of the error, or what came out. */
function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (error instanceof TooManyFields) return { error: 'TooManyFieldsSent' }
    if (error instanceof BadFormEncoding) return { error: 'BadRequest' }
    throw error
  }
}

/**
 * Deliberately different: `QueryDict` has no `encoding`. Django lets a view re-read a request in another charset; no browser has sent
 * one for a page in UTF-8, and Django 5 itself refuses forms in another charset.
 */
const speaksUtf8 = (vector: Vector): boolean => (vector.in.encoding ?? 'utf-8') === 'utf-8'

describe('QueryDict and Django', () => {
  it('differs from Django in other charsets than UTF-8 only, in 55 vectors', () => {
    assert.equal(vectors.filter(vector => !speaksUtf8(vector)).length, 55)
  })

  for (const vector of of('query_parse').filter(speaksUtf8))
    it(`parses ${vector.id}`, () => {
      const maxFields = vector.in.settings?.DATA_UPLOAD_MAX_NUMBER_FIELDS ?? 1000
      const parse = (): QueryDict =>
        vector.in.text === undefined
          ? parseQueryBytes(bytes(vector.in.bytes_b64), { maxFields })
          : parseQueryText(vector.in.text, { maxFields })
      assert.deepEqual(
        outcome(() => lists(parse())),
        vector.out,
      )
    })

  for (const vector of of('request_get'))
    it(`reads the query of ${vector.id}`, () => {
      const target = Buffer.from(vector.in.query_b64 ?? '', 'base64').toString('latin1')
      assert.deepEqual(lists(parseQueryString(target)), vector.out)
      assert.deepEqual(lists(parseQueryBytes(bytes(vector.in.query_b64))), vector.out)
    })

  for (const vector of of('query_urlencode').filter(speaksUtf8))
    it(`writes ${vector.id}`, () => {
      const query = new QueryDict(new Map(vector.in.lists))
      assert.deepEqual({ text: query.urlencode(vector.in.safe ?? '') }, vector.out)
    })

  for (const vector of of('query_get'))
    it(`looks up ${vector.id}`, () => {
      const query = parseQueryText(vector.in.text ?? '')
      const key = vector.in.key ?? ''
      assert.deepEqual(
        { get: query.get(key) ?? null, getlist: query.getList(key), again: query.urlencode() },
        vector.out,
      )
    })

  for (const vector of of('request_form')) {
    // Which bodies are forms, and how large they may be, is for request.ts to know.
    const { type, parameters } = parseMediaType(vector.in.content_type ?? '')
    if (type !== 'application/x-www-form-urlencoded' || vector.out.error === 'RequestDataTooBig') continue
    it(`reads the form of ${vector.id}`, () => {
      const maxFields = vector.in.settings?.DATA_UPLOAD_MAX_NUMBER_FIELDS ?? 1000
      const charset = parameters.get('charset') ?? null
      assert.deepEqual(
        outcome(() => lists(parseFormBytes(bytes(vector.in.body_b64), { maxFields, charset }))),
        vector.out,
      )
    })
  }
})

describe('QueryDict', () => {
  it('reads like a map of last values', () => {
    const query = parseQueryString('tag=a&page=2&tag=b')
    assert.equal(query.get('tag'), 'b')
    assert.equal(query.get('missing'), undefined)
    assert.deepEqual(query.getList('missing'), [])
    assert.deepEqual(
      [...query],
      [
        ['tag', 'b'],
        ['page', '2'],
      ],
    )
    assert.deepEqual([...query.keys()], ['tag', 'page'])
    assert.equal(query.size, 2)
    assert.ok(query.has('tag'))
    assert.equal(String(query), 'tag=a&tag=b&page=2')
  })

  it('is made from pairs, objects and other QueryDicts', () => {
    assert.equal(
      QueryDict.from([
        ['a', '1'],
        ['a', '2'],
      ]).urlencode(),
      'a=1&a=2',
    )
    assert.equal(QueryDict.from({ a: ['1', '2'], b: '3' }).urlencode(), 'a=1&a=2&b=3')
    assert.equal(QueryDict.from(QueryDict.from({ b: '3' })).urlencode(), 'b=3')
  })

  it('gives a changed copy and stays as it is', () => {
    const query = parseQueryString('q=x&page=2')
    assert.equal(query.with({ page: '3' }).urlencode(), 'q=x&page=3')
    assert.equal(query.with({ page: null, tag: ['a', 'b'] }).urlencode(), 'q=x&tag=a&tag=b')
    assert.equal(query.urlencode(), 'q=x&page=2')
  })

  it('gives hostile names no power over the object it becomes', () => {
    const object = parseQueryString('__proto__=x&__proto__=y&constructor=z').toObject()
    assert.equal(Object.getPrototypeOf(object), null)
    assert.deepEqual(Object.entries(object), [
      ['__proto__', ['x', 'y']],
      ['constructor', 'z'],
    ])
  })

  it('refuses too many fields before it makes any', () => {
    assert.throws(() => parseQueryString('&'.repeat(5_000_000), { maxFields: 1000 }), {
      code: 'http/too-many-fields',
      status: 400,
      suspicious: true,
      limit: 1000,
    })
    assert.equal(parseQueryString('&&&', { maxFields: null }).size, 0)
  })

  it('reads back what it wrote, whatever the text', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), fc.constantFrom('', '/', ':/'), (pairs, safe) => {
        const query = QueryDict.from(pairs)
        assert.deepEqual(lists(parseQueryString(query.urlencode(safe))), lists(query))
      }),
    )
  })

  it('agrees with URLSearchParams on any escapes that are ASCII', () => {
    const piece = fc.constantFrom(
      'a',
      '=',
      '&',
      '+',
      '%',
      '%4',
      '%41',
      '%C3',
      '%a9',
      '%e2%82%ac',
      '%ff',
      'Z',
      '%00',
      ';',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const text = pieces.join('')
        assert.equal(parseQueryString(text).getList('a').join(), new URLSearchParams(text).getAll('a').join())
      }),
    )
  })
})
