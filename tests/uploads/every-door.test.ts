/** The same bytes get the same answer through every door, and the client gets to see it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createDiskStorage } from 'nuages/files'
import { z } from 'zod'
import { temporaryFolder } from '../real-parts.ts'
import { type Door, doors, type Reading } from './doors.ts'
import { beginOfUpload, startUpload } from './open-app.ts'

const megabyte = 1_048_576
const settings = { FILE_UPLOAD_MAX_SIZE: 4 * megabyte, DATA_UPLOAD_MAX_REQUEST_SIZE: 20 * megabyte }
const multipart = 'multipart/form-data; boundary=cut'

const read: Reading = async request => {
  const fields = [...(await request.POST).lists()]
  const files = [...(await request.FILES).lists()].map(([field, list]) => [
    field,
    list.map(({ name, size, contentType }) => [name, size, contentType]),
  ])
  return { fields, files }
}

function file(name: string, size: number, header: string = ''): string {
  return `--cut\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n${header}\r\n${'x'.repeat(size)}\r\n`
}

const field = '--cut\r\nContent-Disposition: form-data; name="title"\r\n\r\nWolken ☁\r\n'
const end = '--cut--\r\n'

/** Name, body, header fields, and the answer: what `read` gives, or status and code. */
const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, unknown])[] = [
  [
    'a form',
    `${field}${file('a.txt', 10, 'Content-Type: Text/Plain; charset=utf-8\r\n')}${file('../b.bin', 3 * megabyte)}${end}`,
    {},
    {
      fields: [['title', ['Wolken ☁']]],
      files: [
        [
          'file',
          [
            ['a.txt', 10, 'text/plain'],
            ['b.bin', 3 * megabyte, ''],
          ],
        ],
      ],
    },
  ],
  ['a form without parts', end, {}, { fields: [], files: [] }],
  [
    'an urlencoded form',
    'title=Wolken+%E2%98%81&title=2',
    { 'content-type': 'application/x-www-form-urlencoded' },
    { fields: [['title', ['Wolken ☁', '2']]], files: [] },
  ],
  ['a file that is too large', `${file('a', 8 * megabyte)}${end}`, {}, [413, 'http/file-too-large']],
  ['a form that says it is too large', `${file('a', 30 * megabyte)}${end}`, {}, [413, 'http/body-too-large']],
  ['a form that is cut off', `${field}${file('a', 1000)}`, {}, [400, 'http/malformed-multipart']],
  ['no boundary', end, { 'content-type': 'multipart/form-data' }, [400, 'http/malformed-multipart']],
  ['another boundary', end, { 'content-type': `${multipart}s` }, [400, 'http/malformed-multipart']],
  ['another charset', end, { 'content-type': `${multipart}; charset=latin1` }, [400, 'http/bad-form-encoding']],
  ['a compressed form', `${field}${end}`, { 'content-encoding': 'gzip' }, [415, 'http/unsupported-media-type']],
  ['too many files', `${file('a', 1).repeat(101)}${end}`, {}, [400, 'http/too-many-files']],
  ['too many fields', `${field.repeat(1001)}${end}`, {}, [400, 'http/too-many-fields']],
  [
    'a name that is too long',
    `${field.replace('title', 't'.repeat(1001))}${end}`,
    {},
    [400, 'http/part-name-too-long'],
  ],
  [
    'a header of a part that is too large',
    `${file('a'.repeat(5000), 1)}${end}`,
    {},
    [400, 'http/part-header-too-large'],
  ],
]

const headersOf = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  'content-type': multipart,
  'sec-fetch-site': 'same-origin',
  ...more,
})

async function answerTo({ send }: Door, body: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await send({ body, headers: headersOf(headers) })
  const json = (await response.json()) as { code?: string }
  return response.status === 200 ? json : [response.status, json.code]
}

for (const [name, open] of Object.entries(doors))
  describe(`an upload through ${name}`, () => {
    it('gets the answer that it gets anywhere, and leaves nothing', async t => {
      const door = await open(t, read, { settings })
      for (const [what, body, headers, expected] of cases)
        assert.deepEqual(await answerTo(door, body, headers), expected, what)
      assert.deepEqual(await door.opened.leftFiles(), [])
      assert.deepEqual(door.opened.openFiles(), [])
    })

    it('goes into a storage as it arrives', async t => {
      const storage = createDiskStorage({ root: temporaryFolder(t) })
      const Title = z.object({ title: z.string() })
      const door = await open(t, async request => {
        const { title, file } = await request.validate(Title, { files: { file: { storage, required: true } } })
        return [title, file.name, file.size]
      })
      const answer = await answerTo(door, `${field}${file('a.txt', 10)}${end}`, {})
      assert.deepEqual(answer, ['Wolken ☁', 'a.txt', 10])
      const kept = await storage.open('a.txt')
      assert.equal(Buffer.concat(await Array.fromAsync(kept.chunks())).toString(), 'x'.repeat(10))
      await kept.close()
      assert.deepEqual(await answerTo(door, `${file('b.txt', 10)}${end}`, {}), [422, 'forms/invalid'])
      assert.equal(await storage.exists('b.txt'), false)
      assert.deepEqual(await door.opened.leftFiles(), [])
    })

    it('is seen by the upload handlers of the app', async t => {
      const door = await open(t, async request => (await (await request.FILES).get('file')?.bytes())?.toString(), {
        uploadHandlers: () => [{ receiveChunk: chunk => Buffer.from(chunk).fill('y') }],
      })
      assert.equal(await answerTo(door, `${file('a.txt', 10)}${end}`, {}), 'y'.repeat(10))
    })

    if (name === 'fetch') return

    it('makes its client wait for who reads the parts', async t => {
      const gate = Promise.withResolvers<void>()
      const content = 60_000_000
      const door = await open(t, async request => {
        let size = 0
        for await (const part of request.parts())
          if (part.kind === 'file')
            for await (const chunk of part) {
              if (size === 0) await gate.promise
              size += chunk.byteLength
            }
        return size
      })
      const socket = startUpload(door.port as number, beginOfUpload.length + content + `\r\n${end}`.length)
      socket.write(Buffer.alloc(content))
      socket.write(`\r\n${end}`)
      let stalled = -1
      while (stalled !== socket.bytesWritten) {
        stalled = socket.bytesWritten
        await wait(150)
      }
      assert.ok(socket.writableLength > content / 3, `${socket.writableLength} bytes wait at the client`)
      gate.resolve()
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1.1 200 .*60000000/s)
      assert.deepEqual(await readdir(door.opened.folder), [])
      socket.destroy()
    })

    it('that stalls is a 408, and leaves nothing', async t => {
      const door = await open(t, read, { settings: { DATA_UPLOAD_IDLE_SECONDS: 1 } })
      const socket = startUpload(door.port as number, 10 * megabyte)
      socket.write(Buffer.alloc(3 * megabyte))
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1.1 408 .*http\/upload-stalled/s)
      assert.deepEqual(await door.opened.leftFiles(), [])
      assert.deepEqual(door.opened.openFiles(), [])
      socket.destroy()
    })

    it('leaves nothing when its client goes away in the middle', async t => {
      const errors = t.mock.method(console, 'error', () => {})
      const door = await open(t, read, { settings })
      const socket = connect(door.port as number, '127.0.0.1')
      const sent = `${field}${file('a', 3 * megabyte)}`
      socket.write(
        `POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Type: ${multipart}\r\nContent-Length: ${sent.length + 1000}\r\n\r\n`,
      )
      socket.write(sent)
      while ((await readdir(door.opened.folder)).length === 0) await wait(5)
      socket.destroy()
      assert.deepEqual(await door.opened.leftFiles(), [])
      assert.deepEqual(door.opened.openFiles(), [])
      assert.equal(errors.mock.callCount(), 0, 'nobody is to blame')
    })

    it('is refused to a client that sends all before it reads, on a connection that goes on', async t => {
      const door = await open(t, read, { settings })
      const post = (body: string): string =>
        `POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Type: ${multipart}\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
      const socket = connect(door.port as number, '127.0.0.1')
      const failed = once(socket, 'error').then(([error]) => Promise.reject(error))
      failed.catch(() => {})
      const requests = [
        post(`${file('a', 8 * megabyte)}${end}`),
        post(`${field}${end}`),
        post(`--cut\r\nno header${'x'.repeat(megabyte)}`),
        post(`${field}${file('b', 10)}${end}`),
      ]
      for (const request of requests)
        await Promise.race([new Promise(resolve => socket.write(request, resolve)), failed])
      let answers = ''
      const statuses = (): readonly (string | undefined)[] =>
        [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
      const answered = new Promise<void>(resolve => {
        socket.on('data', chunk => {
          answers += chunk
          if (statuses().length === requests.length) resolve()
        })
      })
      await Promise.race([answered, failed, once(socket, 'close')])
      assert.deepEqual(statuses(), ['413', '200', '400', '200'])
      socket.destroy()
    })
  })

describe('a client that asks before it sends', () => {
  const head = (length: number, more: string = ''): string =>
    `POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${multipart}\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n${more}\r\n`

  it('is told no, and that nothing else may follow', async t => {
    const { port } = await doors.node(t, read, { settings })
    const socket = connect(port as number, '127.0.0.1')
    socket.write(head(30 * megabyte))
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/is)
    socket.destroy()
  })

  it('is asked for it once, and answered', async t => {
    const { port } = await doors.node(t, read, { settings })
    const body = `${field}${file('a', 10)}${end}`
    const socket = connect(port as number, '127.0.0.1')
    socket.write(head(Buffer.byteLength(body), 'Connection: close\r\n'))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    await once(socket, 'data')
    assert.equal(answer, 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write(body)
    await once(socket, 'close')
    assert.equal(answer.match(/100 Continue/g)?.length, 1)
    assert.match(answer, /HTTP\/1\.1 200 /)
  })
})

describe('an answer to a body that nobody reads', () => {
  it('reaches a client that closes afterwards, and sends all before it reads', async t => {
    const { port } = await doors.node(t, async () => ({ read: 'nothing' }))
    const socket = connect(port as number, '127.0.0.1')
    const size = 20 * megabyte
    socket.write(
      `POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${multipart}\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`,
    )
    await new Promise(resolve => socket.write(Buffer.alloc(size), resolve))
    const answer: Buffer[] = []
    for await (const chunk of socket) answer.push(chunk)
    assert.match(Buffer.concat(answer).toString(), /^HTTP\/1\.1 200 .*\{"read":"nothing"\}$/s)
  })

  it('is all that a client gets who sends without end', async t => {
    const { port } = await doors.node(t, async () => null)
    const socket = connect(port as number, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(
      `POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${multipart}\r\nContent-Length: ${1e12}\r\n\r\n`,
    )
    const chunk = Buffer.alloc(megabyte)
    const closed = new Promise<void>(resolve => socket.on('close', resolve))
    while (!socket.destroyed) await Promise.race([new Promise(resolve => socket.write(chunk, resolve)), closed])
    assert.ok(socket.bytesWritten > 60 * megabyte && socket.bytesWritten < 100 * megabyte, String(socket.bytesWritten))
  })
})
