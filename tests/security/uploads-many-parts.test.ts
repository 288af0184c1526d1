/** CWE-400, CWE-407: forms that cost more than their bytes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HttpResponse } from 'nuages/http'
import type { SettingsInput } from 'nuages/settings'
import { cpuMs } from '../cpu-time.ts'
import { openApp } from '../uploads/open-app.ts'
import { rawFile, rawForm, rawPart, type SeenForm, seenBy, sendRaw, showForm } from '../uploads/raw-form.ts'

const unlimited: Partial<SettingsInput> = {
  DATA_UPLOAD_MAX_NUMBER_FIELDS: null,
  DATA_UPLOAD_MAX_NUMBER_FILES: null,
  DATA_UPLOAD_MAX_MEMORY_SIZE: null,
}

const tiny = rawPart('Content-Disposition: form-data; name="a"', '')

/** `count` of them, and how many were taken. Each piece holds 500. */
function streamOf(
  count: number,
  part: string,
): { readonly stream: ReadableStream<Uint8Array>; readonly taken: () => number } {
  const each = 500
  const piece = Buffer.from(part.repeat(each), 'latin1')
  let left = count / each
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (left-- > 0) controller.enqueue(piece)
    else {
      controller.enqueue(Buffer.from('--cut--\r\n'))
      controller.close()
    }
  }
  return { stream: new ReadableStream({ pull }, { highWaterMark: 0 }), taken: () => (count / each - left) * each }
}

/** Milliseconds of processor time that a body of one piece takes to be read, the better of two: what waits for other tests does not count. */
async function costOf(app: Parameters<typeof seenBy>[0], body: Buffer): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 2; round += 1) {
    const start = process.cpuUsage()
    await (await sendRaw(app, body)).arrayBuffer()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

/** A million take ten seconds. */
const many = process.env.CI ? 1_000_000 : 200_000

describe('a million tiny parts', () => {
  it('are refused at the first one too many', async t => {
    const { app, leftFiles } = await openApp(t, showForm)
    for (const [part, code] of [
      [tiny, 'http/too-many-fields'],
      [rawFile('filename="a"', ''), 'http/too-many-files'],
      [rawFile('filename=".."', ''), 'http/too-many-files'],
      [rawPart('X: no name'), 'http/too-many-fields'],
      ['--cut\r\n\r\n\r\n', 'http/too-many-fields'],
    ] as const) {
      const { stream, taken } = streamOf(1_000_000, part)
      let takenAtAnswer = 0
      const seen = seenBy(app, stream).finally(() => {
        takenAtAnswer = taken()
      })
      assert.deepEqual(await seen, [400, code], part)
      assert.ok(takenAtAnswer <= 1_000_000)
    }
    assert.deepEqual(await leftFiles(), [])
  })

  it('cost time in proportion and no memory, where an application wants them', async t => {
    let most = 0
    const opened = await openApp(
      t,
      async request => {
        let count = 0
        const before = process.memoryUsage()
        for await (const part of request.parts()) {
          if (part.kind !== 'field') continue
          if (++count % 50_000 !== 0) continue
          const { heapUsed, external } = process.memoryUsage()
          most = Math.max(most, heapUsed + external - before.heapUsed - before.external)
        }
        return new HttpResponse(String(count))
      },
      { settings: unlimited },
    )
    const start = cpuMs()
    const response = await sendRaw(opened.app, streamOf(many, tiny).stream)
    assert.equal(await response.text(), String(many))
    assert.ok(cpuMs() - start < 60_000)
    // Garbage of a young generation; the parts themselves would be hundreds of MiB.
    assert.ok(most < 150_000_000, `${most} bytes`)
  })
})

describe('a body made to be searched again and again', () => {
  it('costs time in proportion to its bytes', async t => {
    const { app } = await openApp(t, showForm, {
      settings: { ...unlimited, FILE_UPLOAD_MAX_MEMORY_SIZE: 20_000_000, DATA_UPLOAD_MAX_PART_HEADER_SIZE: 10_000_000 },
    })
    const size = 300_000
    const fill = (text: string, bytes: number): string => text.repeat(bytes / text.length)
    const bodies: readonly ((bytes: number) => Buffer)[] = [
      ...['\r', '\r\n', '\r\n-', '\r\n--', '\r\n--cu', '\r\n--cux', '--cut', '\n--cut\r', '-'].map(
        text => (bytes: number) => rawForm(rawFile('filename="a"', fill(text, bytes))),
      ),
      bytes => rawForm(rawPart(fill('A: b\r\n', bytes))),
      bytes => rawForm(rawPart(fill('A;', bytes))),
      bytes => rawForm(rawPart(`Content-Disposition: form-data; ${fill(';a=b', bytes)}`)),
      bytes => rawForm(rawPart(`Content-Disposition: form-data; ${fill('";\\', bytes)}`)),
      bytes => rawForm(rawPart(`Content-Disposition: form-data; name*0*=${fill('%41', bytes)}`)),
      bytes =>
        rawForm(
          rawPart(
            `Content-Disposition: form-data; ${Array.from({ length: bytes / 20 }, (_, at) => `n*${at}=a`).join(';')}`,
          ),
        ),
      bytes => rawForm(rawFile(`filename="${fill('&#x2e;', bytes)}"`)),
      bytes => rawForm(rawFile(`filename="${fill('&', bytes)}"`)),
      bytes => rawForm(rawFile(`filename="${fill('a/', bytes)}"`)),
      bytes => rawForm(rawFile('filename="a"', fill('YQ==', bytes), 'Content-Transfer-Encoding: base64')),
      bytes =>
        rawForm(
          rawPart('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', fill('=', bytes)),
        ),
    ]
    for (const [index, body] of bodies.entries()) {
      const small = await costOf(app, body(size))
      const large = await costOf(app, body(size * 4))
      // Four times the bytes, four times the time; sixteen, were it squared. Where a machine is busy, an absolute bound will do.
      assert.ok(
        large < small * 10 || large < 200,
        `body ${index}: ${small} ms, then ${large} ms for four times the bytes`,
      )
    }
  })

  it('is read piece by piece at the price of one', async t => {
    const { app } = await openApp(t, showForm)
    const bytes = rawForm(rawFile('filename="a"', '\r\n--cu'.repeat(10_000)))
    const one = (size: number): ReadableStream<Uint8Array> => {
      let at = 0
      return new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) controller.close()
          else controller.enqueue(bytes.subarray(at, at + size))
          at += size
        },
      })
    }
    const start = cpuMs()
    const seen = (await seenBy(app, one(1))) as SeenForm
    assert.equal(seen.files[0]?.[3].length, 60_000)
    assert.ok(cpuMs() - start < 10_000)
  })
})

describe('the header of a part', () => {
  it('that has no end is refused at its limit, not kept', async t => {
    const { app } = await openApp(t, showForm)
    for (const header of ['x'.repeat(5_000_000), 'A: b\r\n'.repeat(1_000_000), ' '.repeat(5_000_000)])
      assert.deepEqual(await seenBy(app, rawForm(rawPart(header))), [400, 'http/part-header-too-large'])
    assert.deepEqual(await seenBy(app, Buffer.from(`--cut${' '.repeat(5_000_000)}\r\n`)), [
      400,
      'http/part-header-too-large',
    ])
  })

  it('with a long name of a field is refused', async t => {
    const { app } = await openApp(t, showForm)
    const part = rawPart(`Content-Disposition: form-data; name="${'n'.repeat(1001)}"`)
    assert.deepEqual(await seenBy(app, rawForm(part)), [400, 'http/part-name-too-long'])
  })
})

describe('what stands around the parts', () => {
  it('counts as bytes of the form', async t => {
    const { app } = await openApp(t, showForm, { settings: { DATA_UPLOAD_MAX_REQUEST_SIZE: 1_000_000 } })
    const form = rawForm(tiny)
    for (const body of [
      Buffer.concat([Buffer.alloc(1_000_000, 'x'), Buffer.from('\r\n'), form]),
      Buffer.concat([form, Buffer.alloc(1_000_000)]),
    ])
      assert.deepEqual(await seenBy(app, body), [413, 'http/body-too-large'])
  })
})
