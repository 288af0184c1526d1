/** Images for tests: drawn by `sharp`, or written by hand where no encoder would. */
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** A picture with four corners of different colours, in any format of `sharp`. */
export function drawImage(
  format: 'png' | 'jpeg' | 'webp' | 'gif',
  { width = 64, height = 48 }: { readonly width?: number; readonly height?: number } = {},
): Promise<Buffer> {
  return corners(width, height).toFormat(format).toBuffer()
}

/** What stands in the corners, from the upper left, row by row. */
const cornerColours = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const

/** Red and green, below blue and white. */
export function corners(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const corner = (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)
      pixels.set(cornerColours[corner] as readonly [number, number, number], (y * width + x) * 3)
    }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const around = Buffer.alloc(8)
  around.writeUInt32BE(data.byteLength, 0)
  around.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)])
}

/** A PNG of one bit for a pixel, all black. `rows`: how many it has, however many it promises. */
export function blackPng(width: number, height: number, rows: number = height): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const data = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * rows), { level: 9 })
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The colour of a pixel, as `#rrggbb`, rounded so that what JPEG and WebP lose does not count. */
export async function colourAt(image: Uint8Array, x: number, y: number): Promise<string> {
  const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (y * info.width + x) * info.channels
  const rounded = [...data.subarray(at, at + 3)].map(value => (value > 127 ? 'ff' : '00'))
  return `#${rounded.join('')}`
}
