/**
 * How large an image says it is.
 *
 * Owns the few bytes of each format that tell, read without decoding a pixel. Whatever the bytes say, it reads no byte twice and none that is not
 * there. Leaves telling the type to the http room, and whether the rest keeps what the header promises to the decoder.
 */
import { detectFileType, type FileType } from '../http/index.ts'

/** The types of image that are read here, as `Content-Type` names them. No SVG: that is a program. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const
export type ImageType = (typeof imageTypes)[number]

/** What an image says of itself. */
export interface ImageHeader {
  readonly type: ImageType
  /** In pixels as stored: a photograph may be shown turned by a quarter. */
  readonly width: number
  readonly height: number
}

type Size = readonly [width: number, height: number]

const readers: Readonly<Record<ImageType, (bytes: Buffer) => Size | null>> = {
  'image/png': readPng,
  'image/jpeg': readJpeg,
  'image/webp': readWebp,
  'image/gif': readGif,
}

/** True for a type of image that is read here. */
export function isImageType(type: FileType | null): type is ImageType {
  return type !== null && Object.hasOwn(readers, type)
}

/**
 * Type and size of an image in pixels; `null` when it is no image of these types, or broken before it says.
 *
 * `bytes`: the file from its first byte. 30 bytes do, for a JPEG as many as stand before its frame: thumbnails, colour profile.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const type = detectFileType(bytes)
  if (!isImageType(type)) return null
  const size = readers[type](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (size === null || size[0] === 0 || size[1] === 0) return null
  return { type, width: size[0], height: size[1] }
}

/** The first chunk is IHDR, 13 bytes long (PNG, 11.2.1). */
function readPng(bytes: Buffer): Size | null {
  if (bytes.length < 24 || bytes.readUInt32BE(8) !== 13 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

/** The logical screen (GIF89a, 18). */
function readGif(bytes: Buffer): Size | null {
  return bytes.length < 10 ? null : [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
}

/** From segment to segment by their lengths, up to the frame (ITU T.81, B.2.2). */
function readJpeg(bytes: Buffer): Size | null {
  let at = 2
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda)) return null
    if (isFrame(marker)) return at + 9 > bytes.length ? null : [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return null
    at += 2 + length
  }
  return null
}

/** Any of the start-of-frame markers; three of their range are tables and extensions. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** The canvas, or the frame of a simple file (RFC 9649, 2.5 to 2.7). */
function readWebp(bytes: Buffer): Size | null {
  if (bytes.length < 30) return null
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return bytes[20] === 0x2f ? [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1] : null
    }
    case 'VP8 ': {
      const isKeyFrame = ((bytes[20] as number) & 1) === 0 && bytes.readUIntBE(23, 3) === 0x9d012a
      return isKeyFrame ? [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff] : null
    }
    default:
      return null
  }
}
