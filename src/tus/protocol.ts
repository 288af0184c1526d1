/**
 * The header fields of tus 1.0.
 *
 * Owns reading them: each has one spelling, and what is not in it is refused. Leaves what they mean for an upload to ./tus-uploads.ts.
 */
import { createHash, type Hash } from 'node:crypto'
import { cleanFileName, type HttpRequest, parseMediaType } from '../http/index.ts'
import { constantTimeEqual, decodeUtf8 } from '../kit/index.ts'
import { BadUploadHeader, tusVersion, UnsupportedTusVersion } from './errors.ts'

/** The body of a request that carries bytes. */
export const chunkType = 'application/offset+octet-stream'

export const extensions = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'checksum',
  'expiration',
  'termination',
] as const

/** SHA-1 is there since tus asks for it: it finds accidents, no forgeries. */
const checksumAlgorithms = ['sha1', 'sha256', 'sha512'] as const

/** What OPTIONS tells. */
export function capabilities(maxBytes: number): Readonly<Record<string, string>> {
  return {
    'Tus-Version': tusVersion,
    'Tus-Extension': extensions.join(','),
    'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
    'Tus-Max-Size': String(maxBytes),
  }
}

/** @throws {UnsupportedTusVersion} with status 412. */
export function requireVersion(request: HttpRequest): void {
  if (request.headers.get('tus-resumable') !== tusVersion) throw new UnsupportedTusVersion()
}

/** A whole number of bytes; `null` when the field is not there. @throws {BadUploadHeader} with status 400. */
export function readBytes(request: HttpRequest, field: string): number | null {
  const text = request.headers.get(field)
  if (text === null) return null
  const bytes = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(bytes)) throw new BadUploadHeader(field, 'must be a whole number of bytes.')
  return bytes
}

/** The length of a new upload; `null` when it is to be told later. @throws {BadUploadHeader} with status 400. */
export function readLength(request: HttpRequest): number | null {
  const length = readBytes(request, 'Upload-Length')
  const deferred = request.headers.get('upload-defer-length')
  if (deferred !== null && deferred !== '1') throw new BadUploadHeader('Upload-Defer-Length', 'can only be 1.')
  if ((length === null) === (deferred === null))
    throw new BadUploadHeader('Upload-Length', 'or Upload-Defer-Length must be there, and not both.')
  return length
}

/** Bytes of `Upload-Metadata`; more than any form says of a file. */
const maxMetadataLength = 4096

/**
 * What the client says of its file: names to texts. All of it the client's word.
 *
 * @throws {BadUploadHeader} with status 400 for what is not base64 of UTF-8, a name twice, or more than 4096 characters.
 */
export function parseMetadata(header: string): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>()
  if (header.trim() === '') return metadata
  if (header.length > maxMetadataLength)
    throw new BadUploadHeader('Upload-Metadata', `is longer than ${maxMetadataLength} characters.`)
  for (const pair of header.split(',')) {
    const match = /^([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair.trim())
    const text = match === null ? null : decodeUtf8(Buffer.from(match[2] ?? '', 'base64'))
    if (match === null || text === null || metadata.has(match[1] as string))
      throw new BadUploadHeader('Upload-Metadata', 'must be names and texts in base64, separated by commas.')
    metadata.set(match[1] as string, text)
  }
  return metadata
}

/** Name and type of the file, from the names that clients use for them. */
export function fileOf(metadata: ReadonlyMap<string, string>): {
  readonly filename: string
  readonly contentType: string
} {
  return {
    filename: cleanFileName(metadata.get('filename') ?? metadata.get('name') ?? '') ?? 'upload',
    contentType: parseMediaType(metadata.get('filetype') ?? metadata.get('type') ?? '').type,
  }
}

/** The hash of the bytes of one request, to compare with what the client has sent. */
export class Checksum {
  readonly #hash: Hash
  readonly #expected: Buffer

  constructor(algorithm: string, expected: Buffer) {
    this.#hash = createHash(algorithm)
    this.#expected = expected
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  isRight(): boolean {
    return constantTimeEqual(this.#hash.digest('base64'), this.#expected.toString('base64'))
  }
}

/** `null` when the client sends none. @throws {BadUploadHeader} with status 400, for an algorithm that is not known too. */
export function readChecksum(request: HttpRequest): Checksum | null {
  const header = request.headers.get('upload-checksum')
  if (header === null) return null
  const [, name = '', digest = ''] = /^([a-z0-9]{1,16}) ([A-Za-z0-9+/]{1,128}={0,2})$/.exec(header) ?? []
  const algorithm = checksumAlgorithms.find(known => known === name)
  if (algorithm === undefined)
    throw new BadUploadHeader('Upload-Checksum', `must be one of ${checksumAlgorithms.join(', ')}, and base64.`)
  return new Checksum(algorithm, Buffer.from(digest, 'base64'))
}
