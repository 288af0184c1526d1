import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { colourAt, corners, drawImage } from '../../tests/images.ts'
import { contentOf } from '../../tests/uploads/content-of.ts'
import { ClientDisconnected, FileTooLarge } from '../http/index.ts'
import {
  canResizeImages,
  checkImage,
  ImageQueue,
  ImagesBusy,
  ImageTypeRefused,
  ImageUnreadable,
  imageFormats,
  makeAvatar,
  resizeImage,
  TooManyPixels,
} from './index.ts'

describe('a new image', () => {
  it('is no larger than asked, whole, and never enlarged', async () => {
    const picture = await drawImage('png', { width: 400, height: 100 })
    const { width, height, type, extension } = await resizeImage(picture, { width: 200, height: 200 })
    assert.deepEqual([width, height, type, extension], [200, 50, 'image/webp', '.webp'])
    const same = await resizeImage(picture, { width: 2000, height: 2000 })
    assert.deepEqual([same.width, same.height], [400, 100])
  })

  it('is written in each format from each type', async () => {
    for (const from of ['png', 'jpeg', 'webp', 'gif'] as const)
      for (const format of imageFormats) {
        const made = await makeAvatar(await drawImage(from), { width: 40, height: 40, format })
        const info = await checkImage(made.bytes)
        assert.deepEqual([info.type, info.width, info.height], [made.type, 40, 40])
        assert.equal(await colourAt(made.bytes, 2, 2), '#ff0000')
        assert.equal(await colourAt(made.bytes, 37, 37), '#ffffff')
      }
  })

  it('is the middle of the image for an avatar, 256 by 256', async () => {
    const wide = await makeAvatar(await drawImage('png', { width: 900, height: 300 }))
    assert.deepEqual([wide.width, wide.height], [256, 256])
    const small = await makeAvatar(await drawImage('png', { width: 9, height: 3 }))
    assert.deepEqual([small.width, small.height], [256, 256])
  })

  it('stands upright, and has lost place, camera, profile and thumbnail', async () => {
    const gps = { IFD3: { GPSLatitude: '48/1 8/1 0/1' }, IFD0: { Make: 'A camera' } }
    const photograph = await corners(200, 100).withMetadata({ orientation: 6, exif: gps, icc: 'p3' }).jpeg().toBuffer()
    const turned = await sharp(photograph).metadata()
    assert.equal(turned.orientation, 6)
    assert.ok(turned.exif !== undefined && turned.icc !== undefined)
    for (const format of imageFormats) {
      const made = await resizeImage(photograph, { width: 500, height: 500, format })
      assert.deepEqual([made.width, made.height], [100, 200])
      assert.equal(await colourAt(made.bytes, 3, 3), '#0000ff')
      assert.equal(await colourAt(made.bytes, 96, 3), '#ff0000')
      const { exif, icc, xmp, orientation, space } = await sharp(made.bytes).metadata()
      assert.deepEqual([exif, icc, xmp, orientation, space], [undefined, undefined, undefined, undefined, 'srgb'])
      assert.ok(!Buffer.from(made.bytes).includes('camera'))
    }
  })

  it('has the colours of the screen, whatever those of the file', async () => {
    const picture = corners(60, 60)
    const printed = await picture.clone().toColourspace('cmyk').jpeg().toBuffer()
    const grey = await picture.clone().greyscale().png().toBuffer()
    const deep = await picture.clone().toColourspace('rgb16').png().toBuffer()
    for (const source of [printed, grey, deep]) {
      const { space, depth } = await sharp((await makeAvatar(source)).bytes).metadata()
      assert.deepEqual([space, depth], ['srgb', 'uchar'])
    }
  })

  it('has white where a JPEG cannot be clear', async () => {
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer()
    assert.equal(await colourAt((await makeAvatar(clear, { format: 'jpeg' })).bytes, 4, 4), '#ffffff')
    assert.equal((await sharp((await makeAvatar(clear)).bytes).metadata()).hasAlpha, true)
  })

  it('is the first frame of an animation', async () => {
    const frame = (colour: string): Promise<Buffer> =>
      sharp({ create: { width: 20, height: 20, channels: 3, background: colour } })
        .png()
        .toBuffer()
    const frames = await Promise.all(['#ff0000', '#0000ff', '#00ff00'].map(frame))
    for (const format of ['gif', 'webp'] as const) {
      const animation = await sharp(frames, { join: { animated: true } })
        .toFormat(format)
        .toBuffer()
      assert.equal((await sharp(animation).metadata()).pages, 3)
      const made = await makeAvatar(animation)
      assert.equal((await sharp(made.bytes).metadata()).pages ?? 1, 1)
      assert.equal(await colourAt(made.bytes, 100, 100), '#ff0000')
    }
  })

  it('comes from a file of a form, in memory or not', async () => {
    const bytes = await drawImage('jpeg')
    assert.equal((await makeAvatar(contentOf(bytes))).width, 256)
    assert.equal((await checkImage(contentOf(bytes))).size, bytes.length)
    await assert.rejects(makeAvatar(contentOf(bytes), { maxBytes: 100, field: 'headimg' }), error => {
      assert.ok(error instanceof FileTooLarge)
      assert.deepEqual(Object.keys(error.errors), ['headimg'])
      return true
    })
  })

  it('is refused by type, whatever the name says, and by what its view accepts', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    const avif = await corners(8, 8).avif().toBuffer()
    for (const bytes of [svg, avif, Buffer.from('%PDF-1.4'), Buffer.alloc(0), Buffer.from('text')]) {
      await assert.rejects(makeAvatar(bytes, { field: 'headimg' }), ImageTypeRefused)
      await assert.rejects(checkImage(bytes), ImageTypeRefused)
    }
    await assert.rejects(makeAvatar(await drawImage('gif'), { accept: ['image/png'] }), ImageTypeRefused)
  })

  it('is refused when the file is cut anywhere, or filled with anything', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
      const bytes = await drawImage(format, { width: 300, height: 300 })
      for (let part = 1; part < 10; part += 1)
        await assert.rejects(
          makeAvatar(bytes.subarray(0, Math.floor((bytes.length * part) / 10)), { field: 'headimg' }),
          error => error instanceof ImageUnreadable && error.errors?.headimg !== undefined,
          `${format} cut at ${part} tenths`,
        )
      const noise = Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(bytes.length, 0xa5)])
      await assert.rejects(makeAvatar(noise), ImageUnreadable, format)
    }
  })

  it('has sides that can be', async () => {
    for (const width of [0, -1, 1.5, 16_384, Number.NaN])
      await assert.rejects(resizeImage(await drawImage('png'), { width, height: 10 }), RangeError)
  })

  it('can be made when the package is there', () => {
    assert.equal(canResizeImages(), true)
  })
})

describe('the queue of images', () => {
  it('runs so many at once, in order, and refuses what would wait too long or be too much', async () => {
    const queue = new ImageQueue({ atOnce: 1, maxWaiting: 1, maxWaitMs: 50 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = queue.run(() => promise)
    const second = queue.run(async () => 'second')
    await assert.rejects(
      queue.run(async () => 'third'),
      ImagesBusy,
    )
    await assert.rejects(second, ImagesBusy)
    const fourth = queue.run(async () => 'fourth')
    resolve()
    await first
    assert.equal(await fourth, 'fourth')
    assert.equal(await queue.run(async () => 'fifth'), 'fifth')
  })

  it('forgets who has gone away', async () => {
    const queue = new ImageQueue({ atOnce: 1 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = queue.run(() => promise)
    const controller = new AbortController()
    const gone = resizeImage(await drawImage('png'), { width: 9, height: 9, queue, signal: controller.signal })
    controller.abort()
    await assert.rejects(gone, ClientDisconnected)
    resolve()
    await first
    const made = await resizeImage(await drawImage('png'), { width: 9, height: 9, queue })
    assert.equal(made.width, 9)
  })

  it('goes on after a failure', async () => {
    const queue = new ImageQueue({ atOnce: 1 })
    await assert.rejects(makeAvatar(Buffer.from('GIF89a'), { queue }), ImageUnreadable)
    await assert.rejects(makeAvatar(await drawImage('png'), { queue, maxPixels: 10 }), TooManyPixels)
    assert.equal((await makeAvatar(await drawImage('png'), { queue })).width, 256)
  })
})
