/**
 * What a file is, by its first bytes.
 *
 * Tells what a reader of that type would take it for, not that the rest is sound: an image may be one and an archive as well.
 */

/** The types that can be told, as `Content-Type` names them. */
export const fileTypes = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/heic',
  'image/bmp',
  'image/tiff',
  'image/x-icon',
  'image/svg+xml',
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/xml',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/flac',
  'text/html',
  'text/plain',
] as const
export type FileType = (typeof fileTypes)[number]

/** How many bytes decide. */
export const fileTypeBytes = 1024

/** A type, what its files begin with, and where that stands when not at 0. `?` in it is any byte. */
const signatures: readonly (readonly [type: FileType, start: string, at?: number])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF????WEBP'],
  ['image/bmp', 'BM????\0\0\0\0'],
  ['image/tiff', 'II*\0'],
  ['image/tiff', 'MM\0*'],
  ['image/x-icon', '\0\0\x01\0'],
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\x03\x04'],
  ['application/zip', 'PK\x05\x06'],
  ['application/gzip', '\x1f\x8b\x08'],
  ['video/webm', '\x1a\x45\xdf\xa3'],
  ['audio/mpeg', 'ID3'],
  ['audio/ogg', 'OggS\0'],
  ['audio/wav', 'RIFF????WAVE'],
  ['audio/flac', 'fLaC'],
]

/** ISO base media files say what they are in their first box. */
const brands: readonly (readonly [FileType, RegExp])[] = [
  ['image/avif', /^avi[fs]/],
  ['image/heic', /^(?:hei[cxms]|hev[cmx]|mif1|msf1)/],
  ['video/mp4', /^(?:isom|iso[2-9]|mp4[12]|avc1|dash|M4V |MSNV|qt {2})/],
]

/** `start`: the first `fileTypeBytes` of the file, or all of it. `null` when they say nothing, and for an empty file. */
export function detectFileType(start: Uint8Array): FileType | null {
  const bytes = Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, fileTypeBytes))
  const text = bytes.toString('latin1')
  for (const [type, signature] of signatures) if (begins(text, signature)) return type
  if (text.slice(4, 8) === 'ftyp') return brands.find(([, brand]) => brand.test(text.slice(8, 12)))?.[0] ?? null
  // A frame of MPEG audio, layer 3, without ID3 in front.
  if (text.length > 2 && bytes[0] === 0xff && ((bytes[1] as number) & 0xe6) === 0xe2) return 'audio/mpeg'
  return detectText(bytes, start.byteLength < fileTypeBytes)
}

function begins(text: string, signature: string): boolean {
  if (text.length < signature.length) return false
  for (let index = 0; index < signature.length; index += 1)
    if (signature[index] !== '?' && signature[index] !== text[index]) return false
  return true
}

/** Text is UTF-8 without control characters; what a browser would run is no plain text. */
function detectText(bytes: Buffer, isWhole: boolean): FileType | null {
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes, { stream: !isWhole }).toLowerCase()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (text === '' || /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\ufffd]/.test(text)) return null
  if (/<svg[\s>]/.test(text) || /<!doctype svg/.test(text)) return 'image/svg+xml'
  if (
    /<(?:!doctype html|html|head|body|script|iframe|style|title|h1|div|font|table|a|img|br|p|b|object|embed|form|meta|link)(?:[\s>/]|$)/.test(
      text,
    )
  )
    return 'text/html'
  if (/^\s*<(?:\?xml|!doctype|[a-z])/.test(text)) return 'application/xml'
  return 'text/plain'
}
