/**
 * Reads a multipart form into memory, within small limits.
 *
 * Owns names, counts and sizes. Leaves the grammar to @fastify/busboy, and large files to streams: these are for forms
 * with an attachment or two.
 */
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { type HttpError, stripPython } from '../kit/index.ts'
import { BodyTooLarge, MalformedMultipart, TooManyFields, TooManyFiles } from './errors.ts'
import { QueryDict } from './query-dict.ts'

/** A file of a form, whole in memory. Name and type are the client's word: neither tells what the bytes are. */
export class UploadedFile {
  /** Without folders and invisible characters; never empty. Not safe as a path on its own: two files may share it. */
  readonly name: string
  /** As the client says, in lower case, without parameters. */
  readonly contentType: string
  readonly #bytes: Uint8Array
  constructor(name: string, contentType: string, bytes: Uint8Array) {
    this.name = name
    this.contentType = contentType
    this.#bytes = bytes
  }

  /** In bytes. */
  get size(): number {
    return this.#bytes.byteLength
  }

  bytes(): Uint8Array {
    return this.#bytes
  }
}

/** What a form held. */
export interface MultipartForm {
  readonly fields: QueryDict
  /** By field, in the order they came. */
  readonly files: ReadonlyMap<string, readonly UploadedFile[]>
}

/** For each, `null` is no limit. */
export interface MultipartLimits {
  /** Most bytes of the whole body, files included. Default: 2.5 MiB (2_621_440), Django's DATA_UPLOAD_MAX_MEMORY_SIZE. */
  readonly maxBodyBytes?: number | null
  /** Default: 1000. */
  readonly maxFields?: number | null
  /** Default: 100. */
  readonly maxFiles?: number | null
}

/** Bytes of a part's header fields that are read; what is over is ignored. A name of 255 characters percent-encoded fits. */
const maxHeaderBytes = 4096
/** Header fields of a part that are read; browsers send two. */
const maxHeaderFields = 16
/** Characters of the name of a field. */
const maxNameLength = 1000

/** Django's limit, the file systems' too. */
const maxFileNameLength = 255

/**
 * The name of a file as it may be shown and stored: the last piece after `/` and `\`, no invisible characters, at most
 * 255 characters with its extension kept. `null` when nothing is left.
 */
export function cleanFileName(name: string): string | null {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const visible = last.replace(/[\p{C}\p{Z}]/gu, char => (char === ' ' ? char : ''))
  if (visible === '' || visible === '.' || visible === '..') return null
  const chars = [...visible]
  if (chars.length <= maxFileNameLength) return visible
  const dot = chars.lastIndexOf('.')
  const extension = dot > 0 ? chars.slice(dot, dot + maxFileNameLength) : []
  return [...chars.slice(0, maxFileNameLength - extension.length), ...extension].join('')
}

/**
 * Reads the form, and lets go of the body in any case.
 *
 * A file input left empty is a field with an empty value, as in Django. Left out are parts without a name, and files whose
 * name says nothing (`..`).
 *
 * @throws {BodyTooLarge} with status 413, on the first byte too many.
 * @throws {TooManyFields} or {TooManyFiles} with status 400, on the first one too many.
 * @throws {MalformedMultipart} with status 400 when it cannot be taken apart, or ends before its last boundary.
 */
export async function parseMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  limits: MultipartLimits = {},
): Promise<MultipartForm> {
  const { maxBodyBytes = 2_621_440 } = limits
  const most = maxBodyBytes ?? Number.POSITIVE_INFINITY
  let reader: FormReader | null = null
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > most) throw new BodyTooLarge(most)
    // Made in here, because a refusal inside the loop lets go of the body.
    reader ??= new FormReader(contentType, limits)
    reader.write(chunk)
  }
  if (reader === null) throw new MalformedMultipart('The form is empty.')
  return reader.finish()
}

/** One form while it is read. Its parts all stay in memory, so the parser is never made to wait. */
class FormReader {
  readonly #parser: BusboyInstance
  readonly #fields: [string, string][] = []
  readonly #files = new Map<string, UploadedFile[]>()
  readonly #settled = Promise.withResolvers<void>()
  #failure: HttpError | null = null

  constructor(contentType: string, limits: MultipartLimits) {
    const { maxFields = 1000, maxFiles = 100 } = limits
    this.#parser = createParser(contentType, maxFields, maxFiles)
    this.#parser
      .on('field', (name, value) => this.#addField(name, value))
      .on('file', (name, stream, fileName, _encoding, type) => this.#addFile(name, stream, fileName, type))
      .on('fieldsLimit', () => this.#fail(new TooManyFields(maxFields ?? 0)))
      .on('filesLimit', () => this.#fail(new TooManyFiles(maxFiles ?? 0)))
      .on('error', cause => this.#fail(new MalformedMultipart('The form ends too early.', { cause })))
      .on('finish', () => this.#settled.resolve())
  }

  /** Throws what the bytes so far have shown to be wrong. */
  write(chunk: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure
    this.#parser.write(chunk)
  }

  async finish(): Promise<MultipartForm> {
    if (this.#failure === null) {
      this.#parser.end()
      await this.#settled.promise
    }
    if (this.#failure !== null) throw this.#failure
    return { fields: QueryDict.from(this.#fields), files: this.#files }
  }

  /** The first failure counts. It settles instead of rejecting: when `write` throws it, nobody awaits the promise. */
  #fail(error: HttpError): void {
    this.#failure ??= error
    this.#settled.resolve()
  }

  #toName(name: string | undefined): string | null {
    if (name === undefined) return null
    if (name.length > maxNameLength) this.#fail(new MalformedMultipart('The name of a field is too long.'))
    return stripPython(name)
  }

  #addField(rawName: string | undefined, value: string): void {
    const name = this.#toName(rawName)
    if (name !== null) this.#fields.push([name, value])
  }

  #addFile(rawName: string | undefined, stream: BusboyFileStream, rawFileName: string, type: string): void {
    const name = this.#toName(rawName)
    const fileName = cleanFileName(rawFileName)
    const chunks: Uint8Array[] = []
    stream.on('error', cause => this.#fail(new MalformedMultipart('The form ends too early.', { cause })))
    stream.on('data', chunk => chunks.push(chunk))
    stream.on('end', () => {
      if (name === null || fileName === null) return
      const file = new UploadedFile(fileName, type, Buffer.concat(chunks))
      const files = this.#files.get(name)
      if (files === undefined) this.#files.set(name, [file])
      else files.push(file)
    })
  }
}

function createParser(contentType: string, maxFields: number | null, maxFiles: number | null): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // A part is a file when it has a file name, whatever its type, as in Django; an input left empty is a field.
      isPartAFile: (_name, _type, fileName) => fileName !== undefined && fileName !== '',
      // The name is cleaned here: busboy knows folders only.
      preservePath: true,
      limits: {
        fields: maxFields ?? Number.POSITIVE_INFINITY,
        files: maxFiles ?? Number.POSITIVE_INFINITY,
        // The body as a whole is limited; a field of it is never cut short.
        fieldSize: Number.POSITIVE_INFINITY,
        headerSize: maxHeaderBytes,
        headerPairs: maxHeaderFields,
      },
    })
  } catch (cause) {
    throw new MalformedMultipart('The form has no usable boundary in its Content-Type.', { cause })
  }
}
