import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { HttpError } from '../kit/index.ts'
import { BodyTooLarge, FieldsTooLarge, MalformedMultipart } from './errors.ts'
import { cleanFileName } from './file-name.ts'
import { type MultipartForm, readForm } from './multipart.ts'
import { type MultipartLimits, PartReader } from './parts.ts'
import { TemporaryFiles } from './temporary-files.ts'
import { uploadStorage } from './upload-storage.ts'

const contentType = 'multipart/form-data; boundary=cut'

/** Set SEED to run the same cases again. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)

/** One part: its header fields and its content. */
function part(disposition: string, content: string, more: string = ''): string {
  return `--cut\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`
}

/** A body in pieces, which tells whether its reader let go of it. */
class Body implements AsyncIterable<Uint8Array> {
  released = false
  readonly #bytes: Buffer
  readonly #pieceBytes: number
  readonly #failure: Error | null
  constructor(bytes: string | Buffer, pieceBytes: number = 7, failure: Error | null = null) {
    this.#bytes = Buffer.from(bytes)
    this.#pieceBytes = pieceBytes
    this.#failure = failure
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < this.#bytes.length; at += this.#pieceBytes) {
        await setImmediate()
        yield this.#bytes.subarray(at, at + this.#pieceBytes)
      }
      if (this.#failure) throw this.#failure
    } finally {
      this.released = true
    }
  }
}

async function parseMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  limits?: MultipartLimits,
): Promise<MultipartForm> {
  return readForm(new PartReader(body, contentType, limits), [uploadStorage(new TemporaryFiles(), 100_000)], () => {})
}

const parse = (text: string, limits?: MultipartLimits): Promise<MultipartForm> =>
  parseMultipart(new Body(text), contentType, limits)

const closed = (...parts: string[]): string => `${parts.join('')}--cut--\r\n`

describe(`a multipart form (SEED=${seed})`, () => {
  it('reads fields and files, however the bytes are cut', async () => {
    const text = closed(
      part('name="title"', 'Café'),
      part('name="tag"', 'a'),
      part('name="tag"', 'b'),
      part('name="photo"; filename="C:\\\\dir\\\\x.png"', '\x89PNG\r\n\0', 'Content-Type: Image/PNG\r\n'),
      part('name="photo"; filename="y.txt"', ''),
    )
    for (const pieceBytes of [1, 3, 64, 100_000]) {
      const { fields, files } = await parseMultipart(new Body(text, pieceBytes), contentType)
      assert.equal(fields.urlencode(), 'title=Caf%C3%A9&tag=a&tag=b')
      const photos = files.getList('photo')
      assert.deepEqual(
        photos.map(file => [file.name, file.contentType, file.size]),
        [
          ['x.png', 'image/png', 8],
          ['y.txt', '', 0],
        ],
      )
      assert.equal(Buffer.from((await photos[0]?.bytes()) ?? []).toString(), '\x89PNG\r\n\0')
    }
  })

  it('takes a file input left empty for a field, and leaves out parts without a name', async () => {
    const { fields, files } = await parse(
      closed(
        part('name="photo"; filename=""', '', 'Content-Type: application/octet-stream\r\n'),
        part('filename="nameless.txt"', 'x'),
        part('name="dots"; filename=".."', 'x'),
      ),
    )
    assert.deepEqual([...fields.lists()], [['photo', ['']]])
    assert.equal(files.size, 0)
  })

  it('keeps hostile names apart from everything', async () => {
    const { fields, files } = await parse(
      closed(part('name="__proto__"', 'x'), part('name="constructor"; filename="__proto__"', 'y')),
    )
    assert.equal(fields.get('__proto__'), 'x')
    assert.equal(files.get('constructor')?.name, '__proto__')
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
  })

  it('stops at the first byte, field or file too many, and lets go of the body', async () => {
    const fields = closed(part('name="a"', '1'), part('name="b"', '2'), part('name="c"', '3'))
    const files = closed(part('name="a"; filename="a"', '1'), part('name="b"; filename="b"', '2'))
    for (const [text, limits, code, status] of [
      [fields, { maxRequestBytes: 40 }, 'http/body-too-large', 413],
      [fields, { maxFieldBytes: 10 }, 'http/fields-too-large', 413],
      [files, { maxFileBytes: 0 }, 'http/file-too-large', 413],
      [fields, { maxPartHeaderBytes: 40 }, 'http/part-header-too-large', 400],
      [fields.replace('name="b"', 'name="bbb"'), { maxNameLength: 2 }, 'http/part-name-too-long', 400],
      [fields, { maxFields: 2 }, 'http/too-many-fields', 400],
      [files, { maxFiles: 1 }, 'http/too-many-files', 400],
    ] as const) {
      const body = new Body(text + 'x'.repeat(1000))
      await assert.rejects(parseMultipart(body, contentType, limits), { code, status })
      assert.ok(body.released)
    }
  })

  it('counts the bytes that arrive: exactly the limit passes', async () => {
    const text = closed(part('name="a"', '1'))
    await parse(text, { maxRequestBytes: text.length })
    await assert.rejects(parse(text, { maxRequestBytes: text.length - 1 }), BodyTooLarge)
    // Name and value, and Django's two characters between them in a query.
    await parse(text, { maxFieldBytes: 4 })
    await assert.rejects(parse(text, { maxFieldBytes: 3 }), FieldsTooLarge)
  })

  it('takes null for no limit', async () => {
    const none: MultipartLimits = { maxRequestBytes: null, maxFields: null, maxFiles: null }
    const text = closed(...Array.from({ length: 1500 }, (_, index) => part(`name="${index}"`, '')))
    assert.equal((await parseMultipart(new Body(text, 65_536), contentType, none)).fields.size, 1500)
    await assert.rejects(parseMultipart(new Body(text, 65_536), contentType), { code: 'http/too-many-fields' })
  })

  it('refuses a body that is cut off at any byte', async () => {
    const text = closed(part('name="a"', '1'), part('name="f"; filename="f"', '2'))
    for (let length = 0; length < text.length - 4; length += 1)
      await assert.rejects(parse(text.slice(0, length)), MalformedMultipart, `at ${length}`)
  })

  it('refuses a content type without a usable boundary', async () => {
    for (const type of [
      '',
      'multipart/form-data',
      'multipart/form-data; boundary=',
      `multipart/form-data; boundary=${'b'.repeat(300)}`,
    ]) {
      const body = new Body(closed(part('name="a"', '1')))
      await assert.rejects(parseMultipart(body, type), { code: 'http/malformed-multipart', status: 400 })
    }
  })

  it('refuses a field whose name is too long', async () => {
    await parse(closed(part(`name="${'n'.repeat(1000)}"`, '1')))
    await assert.rejects(parse(closed(part(`name="${'n'.repeat(1001)}"`, '1'))), { code: 'http/part-name-too-long' })
  })

  it('hands on the failure of the body itself', async () => {
    const gone = new Error('the client went away')
    const body = new Body(part('name="f"; filename="f"', 'half a fi'), 7, gone)
    await assert.rejects(parseMultipart(body, contentType), gone)
    assert.ok(body.released)
  })

  it('settles, with a form or a refusal, whatever the bytes, and lets go of the body', async () => {
    const piece = fc.constantFrom(
      ...['--cut', '--cut--', '\r\n', '\r\n\r\n', '\r', '\n', '-', '\0', ' ', 'x', '; ', '"', ':', '=', '%'],
      ...['Content-Disposition: form-data; name="a"', 'Content-Disposition: form-data; name="a"; filename="f"'],
      ...['Content-Type: text/plain; charset=base64', 'Content-Transfer-Encoding: base64\r\n\r\nAA', 'name="'],
      ...['é'.repeat(3000), "filename*=x''%ff", "filename*0*=utf-8''a; filename*1=b", 'Content-Type: ;;', '&#x2f;'],
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (pieces, pieceBytes) => {
          const body = new Body(`--cut\r\n${pieces.join('')}`, pieces.join('').length > 2000 ? 4096 : pieceBytes)
          const outcome = await parseMultipart(body, contentType, { idleSeconds: null }).catch(error => error)
          assert.ok(!(outcome instanceof Error) || outcome instanceof HttpError, String(outcome))
          assert.ok(body.released)
        },
      ),
      { numRuns: 500, seed },
    )
  })
})

describe('cleanFileName', () => {
  it('keeps the last piece of a path, without invisible characters', () => {
    assert.equal(cleanFileName('/etc/passwd'), 'passwd')
    assert.equal(cleanFileName('C:\\dir\\a b.txt'), 'a b.txt')
    assert.equal(cleanFileName('../..\\x/photo.png'), 'photo.png')
    assert.equal(cleanFileName('a\0\r\n\u202egpj.exe'), 'agpj.exe')
    assert.equal(cleanFileName('été 雲.png'), 'été 雲.png')
  })

  it('is null when nothing is left', () => {
    for (const name of ['', '.', '..', '/', 'a/', 'a/..', '\\', '\0', '.\u200b.'])
      assert.equal(cleanFileName(name), null)
  })

  it('cuts a long name and keeps its extension', () => {
    assert.equal(cleanFileName(`${'雲'.repeat(300)}.png`), `${'雲'.repeat(251)}.png`)
    assert.equal(cleanFileName('😀'.repeat(300)), '😀'.repeat(255))
    assert.equal([...(cleanFileName(`a.${'x'.repeat(400)}`) ?? '')].length, 255)
  })
})
