/**
 * The form of one request: fields, files, parts.
 *
 * Owns which of the ways to read it was taken, and the end of what it keeps. Leaves the reading to ./query-dict.ts and
 * ./multipart.ts.
 */
import { handled } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { requireReadable } from './body.ts'
import { ClientDisconnected, UnsupportedMediaType } from './errors.ts'
import type { Part } from './file-part.ts'
import { emptyForm, type MultipartForm, readForm, replayParts, streamParts } from './multipart.ts'
import { type MultipartLimits, PartReader } from './parts.ts'
import { parseFormBytes, QueryDict } from './query-dict.ts'
import type { HttpRequest, RequestBody, RequestSource } from './request.ts'
import { TemporaryFiles } from './temporary-files.ts'
import type { UploadHandler } from './upload-handlers.ts'
import { uploadStorage } from './upload-storage.ts'

/** What the form of a request is made of. */
export interface FormOwner {
  readonly request: HttpRequest
  readonly source: RequestSource
  readonly settings: Settings
  /** Makes the handlers of one form. */
  readonly uploadHandlers: (request: HttpRequest) => readonly UploadHandler[]
  /** Hears of what could not be removed of a form. */
  readonly onLeftFile: (error: unknown) => void
}

/** Made when somebody asks for the form. */
export class RequestForm {
  readonly #owner: FormOwner
  #handlers: readonly UploadHandler[] | null = null
  #reader: PartReader | null = null
  #files: TemporaryFiles | null = null
  #form: Promise<MultipartForm> | null = null
  #isReleased = false

  constructor(owner: FormOwner) {
    this.#owner = owner
  }

  get isStarted(): boolean {
    return this.#form !== null || this.#reader !== null
  }

  get handlers(): readonly UploadHandler[] {
    this.#handlers ??= this.#owner.uploadHandlers(this.#owner.request)
    return this.#handlers
  }

  set handlers(handlers: readonly UploadHandler[]) {
    if (this.isStarted)
      throw new Error('The form is being read already: set request.uploadHandlers before POST and FILES.')
    this.#handlers = handlers
  }

  /** Fields and files, read once. */
  read(): Promise<MultipartForm> {
    if (this.#form === null && this.#reader !== null)
      return Promise.reject(
        new Error('The form is read by request.parts(): POST and FILES would lack what has passed.'),
      )
    this.#form ??= handled(this.#read())
    return this.#form
  }

  parts(): AsyncIterable<Part> {
    this.#requireRunning()
    if (this.#form !== null) return replayParts(this.#form)
    if (this.#reader !== null) throw new Error('The parts of a form pass by once: request.parts() was called before.')
    return streamParts(this.#openReader())
  }

  async #read(): Promise<MultipartForm> {
    this.#requireRunning()
    const { request, settings } = this.#owner
    const { parsedBody, contentType } = request
    if (isParsedForm(parsedBody)) return { ...emptyForm, fields: toQueryDict(parsedBody) }
    if (contentType.type === 'application/x-www-form-urlencoded') {
      const charset = contentType.parameters.get('charset') ?? null
      const maxFields = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
      return { ...emptyForm, fields: parseFormBytes(await request.bytes(), { maxFields, charset }) }
    }
    if (contentType.type !== 'multipart/form-data' || this.#owner.source.body === null) return emptyForm
    const reader = this.#openReader()
    this.#files = new TemporaryFiles(settings.FILE_UPLOAD_TEMP_DIR)
    try {
      const storage = uploadStorage(this.#files, memoryFor(this.#owner))
      return await readForm(reader, [...this.handlers, storage], this.#owner.onLeftFile)
    } catch (error) {
      await this.#removeFiles()
      throw error
    }
  }

  #requireRunning(): void {
    if (this.#isReleased) throw new Error('The request is over: its form is gone.')
  }

  #openReader(): PartReader {
    const { request, source, settings } = this.#owner
    const { body } = source
    if (request.contentType.type !== 'multipart/form-data' || body === null)
      throw new UnsupportedMediaType('Send a form with Content-Type: multipart/form-data.')
    requireReadable(source.headers, settings.DATA_UPLOAD_MAX_REQUEST_SIZE ?? Number.POSITIVE_INFINITY)
    this.#reader = new PartReader(body, source.headers.get('content-type') ?? '', multipartLimits(settings, body))
    // Inside another server nobody says when its handler is through.
    if (source.foreignBody !== undefined)
      source.onClose?.(isAnswered => this.release(isAnswered ? undefined : new ClientDisconnected()))
    return this.#reader
  }

  /** True when there may be something to let go of. */
  get needsRelease(): boolean {
    return this.#reader !== null
  }

  /**
   * Lets go of the body, for whose readers `reason` is the error, and removes the temporary files. Resolves when they are gone. Safe to call
   * twice; never rejects.
   */
  async release(reason?: Error): Promise<void> {
    this.#isReleased = true
    this.#reader?.release(reason)
    await this.#removeFiles()
  }

  async #removeFiles(): Promise<void> {
    try {
      await this.#files?.release()
    } catch (error) {
      this.#owner.onLeftFile(error)
    }
  }
}

/** Django's rule: the files of a form that says it is larger go to the disk at once, small ones too. */
function memoryFor({ source, settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: most } }: FormOwner): number {
  return Number(source.headers.get('content-length') ?? 0) > most ? 0 : most
}

function multipartLimits(settings: Settings, { isPaced }: RequestBody): MultipartLimits {
  return {
    maxRequestBytes: settings.DATA_UPLOAD_MAX_REQUEST_SIZE,
    maxFileBytes: settings.FILE_UPLOAD_MAX_SIZE,
    maxFieldBytes: settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    maxFields: settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
    maxFiles: settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    maxPartHeaderBytes: settings.DATA_UPLOAD_MAX_PART_HEADER_SIZE,
    maxNameLength: settings.DATA_UPLOAD_MAX_NAME_LENGTH,
    idleSeconds: settings.DATA_UPLOAD_IDLE_SECONDS,
    ...(isPaced === true && { minBytesPerSecond: null }),
  }
}

function isParsedForm(parsed: unknown): parsed is object {
  return typeof parsed === 'object' && parsed !== null && !(parsed instanceof Uint8Array)
}

/** Texts and lists of texts; what a parser has made otherwise of a field is no field of a form. */
function toQueryDict(parsed: object): QueryDict {
  const pairs = Object.entries(parsed).flatMap(([name, value]) =>
    [value].flat().flatMap(text => (typeof text === 'string' ? [[name, text] as const] : [])),
  )
  return QueryDict.from(pairs)
}
