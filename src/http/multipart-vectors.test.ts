import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { defineSettings, type Settings } from '../settings/index.ts'
import { cleanFileName } from './file-name.ts'
import { HttpRequest } from './request.ts'
import { createRequestContext } from './request-context.ts'

interface Vector<In, Out> {
  readonly id: string
  readonly op: string
  readonly in: In
  readonly out: Out
}

interface Body {
  readonly body_b64: string
  readonly content_type: string
  readonly content_length?: number
  readonly settings?: Partial<Settings>
}

type Answer =
  | { readonly error: string }
  | { readonly fields: readonly (readonly [string, readonly string[]])[]; readonly files: readonly File[] }

interface File {
  readonly field: string
  readonly name: string
  readonly content_type: string
  readonly charset: string | null
  readonly size: number
  readonly sha256: string
}

function casesOf<In, Out>(name: string): Vector<In, Out>[] {
  const file = new URL(`../../tests/vectors/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector<In, Out>[] }).cases
}

/** Where Django's answer is not ours, by reason: the numbers of the cases, and the error here (`null`: it is taken here). */
const differing: readonly (readonly [reason: string, code: string | null, ...cases: readonly number[]])[] = [
  ['half a form is no form', 'http/malformed-multipart', 122, 124, 127, 128, 129, 130, 135, 167],
  ['what stands before the first boundary is no part', 'http/malformed-multipart', 149, 154, 155, 160, 161, 162],
  ['two boundaries are none', 'http/malformed-multipart', 153],
  ['a line ends with CRLF', 'http/malformed-multipart', 131],
  ['what stands after the last boundary is no part', null, 126],
  ['media types have no case', null, 151],
  ['a form is UTF-8, urlencoded or not', 'http/bad-form-encoding', 164, 165],
  ['a negative length does not get past the HTTP parser', null, 170],
]

const number = (id: string): number => Number(id.slice(-3))

/** HTTP ends a body where its length says. */
function sent({ body_b64, content_length }: Body): Buffer {
  const bytes = Buffer.from(body_b64, 'base64')
  return bytes.subarray(0, Math.max(content_length ?? bytes.length, 0))
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(given: Body, pieceBytes: number): Promise<Answer> {
  const settings = defineSettings({
    SECRET_KEY: 'secret',
    DATA_UPLOAD_MAX_PART_HEADER_SIZE: 1024, // Django's
    ...given.settings,
  })
  const bytes = sent(given)
  const request = new HttpRequest(
    {
      method: 'POST',
      target: '/',
      headers: new Headers({ 'content-type': given.content_type, 'content-length': String(bytes.length) }),
      scheme: 'http',
      remoteAddress: null,
      body: bytes.length === 0 ? null : pieces(bytes, pieceBytes),
      signal: new AbortController().signal,
    },
    createRequestContext(settings),
  )
  try {
    const files: File[] = []
    for (const [field, list] of (await request.FILES).lists())
      for (const file of list)
        files.push({
          field,
          name: file.name,
          content_type: file.contentType,
          charset: file.charset,
          size: file.size,
          sha256: createHash('sha256')
            .update(await file.bytes())
            .digest('hex'),
        })
    return { fields: [...(await request.POST).lists()], files }
  } catch (error) {
    return { error: (error as { code: string }).code }
  } finally {
    await request.release()
  }
}

/** What of Django's answer is told here too: no wording of errors, no parameters of content types. */
function comparable(answer: Answer): unknown {
  if ('error' in answer) return 'refused'
  const files = answer.files.map(({ field, name, content_type, charset, size, sha256 }) => {
    return { field, name, content_type, charset, size, sha256 }
  })
  return { fields: answer.fields, files }
}

describe('a multipart body', () => {
  for (const vector of casesOf<Body, Answer>('multipart')) {
    const exception = differing.find(([, , ...cases]) => cases.includes(number(vector.id)))
    it(`${vector.id}${exception ? `: ${exception[0]}` : ''}`, async () => {
      for (const pieceBytes of [vector.in.body_b64.length < 2000 ? 1 : 64, 65_536]) {
        const answer = await read(vector.in, pieceBytes)
        if (exception === undefined) assert.deepEqual(comparable(answer), comparable(vector.out))
        else {
          assert.notDeepEqual(comparable(answer), comparable(vector.out))
          assert.equal('error' in answer ? answer.error : null, exception[1])
        }
      }
    })
  }
})

describe('the name of a file', () => {
  const names = casesOf<{ readonly name: string }, { readonly name: string | null }>('filenames')
  for (const vector of names.filter(({ op }) => op === 'upload_name'))
    it(vector.id, () => assert.equal(cleanFileName(vector.in.name), vector.out.name))
})
