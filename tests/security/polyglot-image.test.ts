/** Files that are an image to one reader and a program to another. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ImageTypeRefused, makeAvatar, resizeImage } from 'nuages/images'
import sharp from 'sharp'
import { corners, drawImage } from '../images.ts'

const page = '<script>alert(document.domain)</script>'

describe('a polyglot image', () => {
  it('loses what stands behind it', async () => {
    for (const from of ['png', 'jpeg', 'webp', 'gif'] as const)
      for (const format of ['webp', 'png', 'jpeg'] as const) {
        const polyglot = Buffer.concat([await drawImage(from), Buffer.from(page), Buffer.from('PK\x03\x04')])
        const { bytes } = await resizeImage(polyglot, { width: 500, height: 500, format })
        assert.ok(!Buffer.from(bytes).includes('alert'), `${from} to ${format}`)
        assert.ok(!Buffer.from(bytes).includes('PK\x03\x04'))
      }
  })

  it('loses what stands in its comments, its EXIF, its XMP and its chunks', async () => {
    const picture = await corners(40, 40)
      .withExif({ IFD0: { Copyright: page, ImageDescription: page } })
      .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${page}</x:xmpmeta>`)
      .jpeg()
      .toBuffer()
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, page.length + 2]), Buffer.from(page)])
    const polyglot = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)])
    assert.ok(polyglot.includes(page))
    assert.ok(!Buffer.from((await makeAvatar(polyglot)).bytes).includes('alert'))
  })

  it('that is a GIF and a script at once is no script afterwards', async () => {
    // The width of the screen is the beginning of a comment: GIF89a/*…*/=1;alert(1)
    const gif = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } })
      .gif()
      .toBuffer()
    gif.write('/*', 6, 'latin1')
    const script = Buffer.concat([gif, Buffer.from('*/=1;alert(1)')])
    const outcome = await makeAvatar(script, { format: 'png' }).then(
      ({ bytes }) => Buffer.from(bytes),
      error => error,
    )
    if (Buffer.isBuffer(outcome)) {
      assert.equal(outcome.toString('latin1', 1, 4), 'PNG')
      assert.ok(!outcome.includes('alert'))
    } else assert.equal(outcome.status, 422)
  })

  it('that begins as a page or as an SVG is no image, whatever follows and whatever it is called', async () => {
    const picture = await drawImage('png')
    for (const start of [page, '<svg onload="alert(1)">', '<?xml version="1.0"?><svg>', '\ufeff<svg>', ' ', 'GIF8'])
      await assert.rejects(makeAvatar(Buffer.concat([Buffer.from(start), picture])), ImageTypeRefused)
  })

  it('that begins as an image and goes on as an SVG is never drawn as one', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>'
    for (const start of ['GIF89aAAAAAAA', 'GIF87a    ', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff\xe0'])
      await assert.rejects(makeAvatar(Buffer.from(start + svg, 'latin1')), { status: 422 })
  })
})
