import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { cpuMs } from '../../tests/cpu-time.ts'
import { drawImage } from '../../tests/images.ts'
import { readImageHeader } from './index.ts'

const formats = ['png', 'jpeg', 'webp', 'gif'] as const

describe('the header of an image', () => {
  it('tells type and size of each format, whatever the encoder', async () => {
    for (const format of formats)
      assert.deepEqual(readImageHeader(await drawImage(format, { width: 321, height: 7 })), {
        type: `image/${format}`,
        width: 321,
        height: 7,
      })
    const picture = sharp(await drawImage('png', { width: 321, height: 7 }))
    const others = [
      picture.clone().jpeg({ progressive: true }),
      picture.clone().png({ progressive: true, palette: true }),
      picture.clone().webp({ lossless: true }),
      picture.clone().ensureAlpha(0.5).webp(),
      picture.clone().withMetadata({ orientation: 6 }).webp(),
      picture.clone().withMetadata({ orientation: 6 }).jpeg(),
    ]
    for (const other of others) {
      const { width, height } = readImageHeader(await other.toBuffer()) ?? {}
      assert.deepEqual([width, height], [321, 7])
    }
  })

  it('is missing where the file is cut before it says', async () => {
    for (const format of formats) {
      const bytes = await drawImage(format)
      for (let length = 0; length < 10; length += 1) assert.equal(readImageHeader(bytes.subarray(0, length)), null)
    }
  })

  it('is missing in what is none, or says that there is no pixel', () => {
    const png = (name: string, length: number, width: number): Buffer => {
      const bytes = Buffer.alloc(33)
      bytes.write('\x89PNG\r\n\x1a\n', 'latin1')
      bytes.writeUInt32BE(length, 8)
      bytes.write(name, 12, 'latin1')
      bytes.writeUInt32BE(width, 16)
      bytes.writeUInt32BE(5, 20)
      return bytes
    }
    assert.deepEqual(readImageHeader(png('IHDR', 13, 5)), { type: 'image/png', width: 5, height: 5 })
    for (const bytes of [png('IHDR', 14, 5), png('tEXt', 13, 5), png('IHDR', 13, 0)])
      assert.equal(readImageHeader(bytes), null)
    assert.equal(readImageHeader(Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1')), null)
    assert.equal(readImageHeader(Buffer.from(`RIFF\0\0\0\0WEBPVP9 ${'\0'.repeat(30)}`, 'latin1')), null)
    assert.equal(readImageHeader(Buffer.from(`RIFF\0\0\0\0WEBPVP8L${'\0'.repeat(30)}`, 'latin1')), null)
    assert.equal(readImageHeader(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>')), null)
    assert.equal(readImageHeader(Buffer.from('hello')), null)
  })

  it('is found behind the segments of a JPEG, and no segment leads astray', () => {
    const jpeg = (...segments: readonly number[][]): Buffer => Buffer.from([0xff, 0xd8, ...segments.flat()])
    const frame = [0xff, 0xc2, 0, 11, 8, 0, 7, 1, 65, 1]
    const note = [0xff, 0xfe, 0, 4, 0xff, 0xc0]
    assert.deepEqual(readImageHeader(jpeg(note, [0xff, 0xff], frame)), { type: 'image/jpeg', width: 321, height: 7 })
    for (const bytes of [
      jpeg(note),
      jpeg([0xff, 0xfe, 0, 1], frame),
      jpeg([0xff, 0xfe, 0xff, 0xff], frame),
      jpeg([0xff, 0xda, 0, 2], frame),
      jpeg([0xff, 0xd9], frame),
      jpeg([0xff, 0x00], frame),
      jpeg([0, 0, 0, 0], frame),
      jpeg(frame.slice(0, 8)),
    ])
      assert.equal(readImageHeader(bytes), null)
  })

  it('takes no time to speak of, however a file is built', () => {
    const segments = Buffer.alloc(20_000_000)
    for (let at = 2; at + 4 <= segments.length; at += 4) segments.writeUInt32BE(0xfffe0002, at)
    segments.writeUInt16BE(0xffd8, 0)
    const start = cpuMs()
    assert.equal(readImageHeader(segments), null)
    assert.equal(readImageHeader(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(20_000_000, 0xff)])), null)
    assert.ok(cpuMs() - start < 2000)
  })
})
