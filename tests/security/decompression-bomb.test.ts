/** Images of a few kilobytes that would take gigabytes when decoded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkImage, makeAvatar, TooManyPixels } from 'nuages/images'
import { cpuMs } from '../cpu-time.ts'
import { blackPng } from '../images.ts'

/** A GIF or WebP that promises a size and holds nothing. */
function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.write('GIF89a', 'latin1')
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

function webp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.write('RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1')
  bytes.writeUIntLE(width - 1, 24, 3)
  bytes.writeUIntLE(height - 1, 27, 3)
  return bytes
}

function jpeg(width: number, height: number): Buffer {
  const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3])
  bytes.writeUInt16BE(height, 7)
  bytes.writeUInt16BE(width, 9)
  return Buffer.concat([bytes, Buffer.alloc(100)])
}

const bombs: Readonly<Record<string, Buffer>> = {
  'a PNG of 50,000 by 50,000': blackPng(50_000, 50_000),
  'a PNG of a few kilobytes that promises as much': blackPng(50_000, 50_000, 500),
  'a PNG of 2³¹ by 2³¹': blackPng(2 ** 31 - 1, 2 ** 31 - 1, 1),
  'a GIF of 65,535 by 65,535': gif(65_535, 65_535),
  'a WebP of 2²⁴ by 2²⁴': webp(2 ** 24, 2 ** 24),
  'a JPEG of 65,535 by 65,535': jpeg(65_535, 65_535),
}

describe('a decompression bomb', () => {
  for (const [name, bomb] of Object.entries(bombs))
    it(`is refused before a pixel is decoded: ${name}`, async () => {
      const start = cpuMs()
      const before = process.memoryUsage.rss()
      await assert.rejects(makeAvatar(bomb), TooManyPixels)
      await assert.rejects(checkImage(bomb), TooManyPixels)
      assert.ok(cpuMs() - start < 500)
      assert.ok(process.memoryUsage.rss() - before < 50_000_000)
    })

  it('of as many pixels as are allowed takes little memory', async () => {
    const large = blackPng(7000, 7000)
    assert.ok(large.length < 10_000)
    const before = process.memoryUsage.rss()
    assert.equal((await makeAvatar(large)).width, 256)
    assert.ok(process.memoryUsage.rss() - before < 100_000_000)
  })

  it('hides in no frame of a GIF that is larger than its screen', async () => {
    const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x00, 8, 1, 0, 0, 0x3b])
    const screen = gif(10, 10).subarray(0, 13)
    await assert.rejects(makeAvatar(Buffer.concat([screen, frame])), { status: 422 })
  })
})
