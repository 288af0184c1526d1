/**
 * The parts of a multipart form, one after the other, as the body arrives.
 *
 * Owns pulling, counting and the refusal of what is too much. Leaves the grammar to ./multipart-parser.ts, and what becomes of
 * files to whoever asks for the parts.
 */
import { Base64Decoder, decodeBase64 } from './base64-decoder.ts'
import { BodyPace, type BodyReading } from './body-pace.ts'
import { ByteBuffer } from './byte-buffer.ts'
import {
  BodyTooLarge,
  FieldsTooLarge,
  FileTooLarge,
  MalformedMultipart,
  PartNameTooLong,
  TooManyFields,
  TooManyFiles,
  UploadStalled,
} from './errors.ts'
import { FilePart, type Part } from './file-part.ts'
import { multipartBoundary } from './multipart-boundary.ts'
import { MultipartParser, type Token } from './multipart-parser.ts'
import { type PartHeader, parsePartHeader } from './part-header.ts'
import type { RequestBody } from './request.ts'

/** What a form may be at most. `null` is no limit. Django's where Django has one. */
export interface MultipartLimits {
  /** Bytes of the body. Default: 256 MiB. */
  readonly maxRequestBytes?: number | null
  /** Bytes of one file. Default: 100 MiB. */
  readonly maxFileBytes?: number | null
  /** Bytes of all fields together. Default: 2.5 MiB. */
  readonly maxFieldBytes?: number | null
  /** Default: 1000. */
  readonly maxFields?: number | null
  /** Default: 100. */
  readonly maxFiles?: number | null
  /** Bytes of a part's header. Default: 4096. */
  readonly maxPartHeaderBytes?: number | null
  /** Characters of a field's name. Default: 1000. */
  readonly maxNameLength?: number | null
  /** How long nothing may arrive while somebody waits for it, in seconds. Default: 30. */
  readonly idleSeconds?: number | null
  /** How many bytes must arrive in a second while somebody waits for them, on the average of `idleSeconds`. Default: 500; `null`: any pace will do. */
  readonly minBytesPerSecond?: number | null
}

type AllLimits = Required<{ readonly [Name in keyof MultipartLimits]: number }>

/** The part that is being read. */
interface Current {
  readonly header: PartHeader
  readonly decoder: Base64Decoder | null
  size: number
}

/** Reads a form part by part. Whatever fails, fails for good, and lets go of the body. */
export class PartReader {
  readonly #body: RequestBody
  readonly #source: AsyncIterator<Uint8Array>
  readonly #parser: MultipartParser
  readonly #limits: AllLimits
  readonly #received = { bytesRead: 0 }
  readonly #pace: BodyPace
  readonly #reading: BodyReading
  /** The last one of the body. */
  #chunk: Uint8Array | null = null
  /** Somebody may still look at a piece of it. */
  #isChunkHeld = false
  #fieldBytes = 0
  #fields = 0
  #files = 0
  #current: Current | null = null
  #failure: unknown = null
  #isReleased = false
  #isBusy = false

  /** @throws {MalformedMultipart} for a content type without a usable boundary, {BadFormEncoding} for one in another charset than UTF-8. */
  constructor(body: RequestBody, contentType: string, limits: MultipartLimits = {}) {
    this.#limits = withDefaults(limits)
    this.#parser = new MultipartParser(multipartBoundary(contentType), this.#limits.maxPartHeaderBytes)
    this.#pace = paceOf(this.#limits)
    this.#reading = this.#pace.watch(this.#received)
    this.#body = body
    this.#source = body[Symbol.asyncIterator]()
  }

  /** The next field or file; `null` after the last. Skips what was not read of the one before. */
  async next(): Promise<Part | null> {
    return this.#guarded(async () => {
      for (;;) {
        while (this.#current !== null) await this.#read(this.#current)
        const token = await this.#token()
        if (token === 'end') return this.#drain()
        const part = await this.#open(parsePartHeader(this.#parser.bytes))
        if (part !== null) return part
      }
    })
  }

  /** Lets go of the body. Whoever still reads is told `reason`. Default: that its request is over. */
  release(reason: Error = new Error('The form was let go of: its request is over.')): void {
    this.#failure ??= reason
    this.#letGo()
    this.#reading.refuse(reason)
  }

  #letGo(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#pace.stop()
    // A source that waits for the client ends when the client goes on; nobody waits for that.
    this.#source.return?.()?.catch(() => {})
  }

  async #guarded<Result>(read: () => Promise<Result>): Promise<Result> {
    if (this.#failure !== null) throw this.#failure
    if (this.#isBusy) throw new Error('The parts of a form are read one chunk at a time: await each.')
    this.#isBusy = true
    try {
      const result = await read()
      if (this.#failure !== null) throw this.#failure
      return result
    } catch (error) {
      this.#failure ??= error
      this.#letGo()
      throw error
    } finally {
      this.#isBusy = false
    }
  }

  /** The rest of the body means nothing, but counts. */
  async #drain(): Promise<null> {
    while (await this.#pull());
    this.#letGo()
    return null
  }

  async #open(header: PartHeader): Promise<Part | null> {
    const { maxFields, maxFiles, maxNameLength } = this.#limits
    if (header.isFile ? ++this.#files > maxFiles : ++this.#fields > maxFields)
      throw header.isFile ? new TooManyFiles(maxFiles) : new TooManyFields(maxFields)
    const { name, filename } = header
    if (name !== null && name.length > maxNameLength) throw new PartNameTooLong(maxNameLength)
    const current = { header, decoder: header.isFile && header.isBase64 ? new Base64Decoder() : null, size: 0 }
    this.#current = current
    if (name === null || (header.isFile && filename === null)) return null
    if (!header.isFile) return { kind: 'field', name, value: await this.#value(current, name) }
    const { contentType, charset, fields } = header
    return new FilePart({ name, filename: filename as string, contentType, charset, headers: fields }, mayKeep =>
      this.#guarded(async () => {
        if (this.#current === current) {
          const piece = await this.#read(current)
          if (mayKeep) this.#isChunkHeld = true
          return piece
        }
        throw new Error(
          `The file in field "${name}" was read already, or passed over when the next part was asked for.`,
        )
      }),
    )
  }

  /** Django counts so: name and value, and the two characters that would separate them in an urlencoded form. */
  async #value(current: Current, name: string): Promise<string> {
    this.#countField(name.length + 2)
    let single: Buffer | null = null
    let content: ByteBuffer | null = null
    for (;;) {
      const chunk = await this.#read(current)
      if (chunk === null) break
      if (single === null) {
        single = chunk
        this.#isChunkHeld = true
      } else {
        if (content === null) {
          content = new ByteBuffer()
          content.append(single)
        }
        content.append(chunk)
      }
    }
    const bytes = content?.bytes() ?? single
    if (bytes === null) return ''
    return ((current.header.isBase64 ? decodeBase64(bytes) : null) ?? bytes).toString('utf8')
  }

  #countField(bytes: number): void {
    this.#fieldBytes += bytes
    if (this.#fieldBytes > this.#limits.maxFieldBytes) throw new FieldsTooLarge(this.#limits.maxFieldBytes)
  }

  /** The next piece of the part; `null` at its end. Never an empty one. */
  async #read(current: Current): Promise<Buffer | null> {
    for (;;) {
      const token = this.#parser.next()
      if (token === 'more') await this.#pullSome()
      else if (token === 'tail') {
        current.decoder?.finish()
        this.#current = null
        return null
      } else {
        const piece = this.#count(current, this.#parser.bytes)
        if (piece.length > 0) return piece
      }
    }
  }

  #count(current: Current, bytes: Buffer): Buffer {
    const { header, decoder } = current
    if (!header.isFile) {
      this.#countField(bytes.length)
      return bytes
    }
    const piece = decoder === null ? bytes : decoder.decode(bytes)
    current.size += piece.length
    if (current.size > this.#limits.maxFileBytes) throw new FileTooLarge(header.name ?? '', this.#limits.maxFileBytes)
    return piece
  }

  async #token(): Promise<Token> {
    for (;;) {
      const token = this.#parser.next()
      if (token !== 'more') return token
      await this.#pullSome()
    }
  }

  async #pullSome(): Promise<void> {
    if (!(await this.#pull())) throw new MalformedMultipart('The form ends too early.')
  }

  /** False at the end of the body. */
  async #pull(): Promise<boolean> {
    if (this.#chunk !== null && !this.#isChunkHeld) this.#body.free?.(this.#chunk)
    this.#chunk = null
    const result = await this.#reading.wait<IteratorResult<Uint8Array>>((resolve, reject) => {
      this.#source.next().then(resolve, reject)
    })
    if (result.done === true) return false
    this.#chunk = result.value
    this.#isChunkHeld = false
    this.#received.bytesRead += result.value.byteLength
    if (this.#received.bytesRead > this.#limits.maxRequestBytes) throw new BodyTooLarge(this.#limits.maxRequestBytes)
    this.#parser.push(result.value)
    return true
  }
}

function paceOf({ idleSeconds, minBytesPerSecond }: AllLimits): BodyPace {
  const windowBytes = Math.max(1, minBytesPerSecond * idleSeconds)
  return new BodyPace({
    windowBytes,
    windowSeconds: idleSeconds,
    refusal: () => new UploadStalled(idleSeconds, windowBytes),
  })
}

function withDefaults(limits: MultipartLimits): AllLimits {
  const most = (limit: number | null | undefined, byDefault: number): number =>
    limit === undefined ? byDefault : (limit ?? Number.POSITIVE_INFINITY)
  return {
    maxRequestBytes: most(limits.maxRequestBytes, 268_435_456),
    maxFileBytes: most(limits.maxFileBytes, 104_857_600),
    maxFieldBytes: most(limits.maxFieldBytes, 2_621_440),
    maxFields: most(limits.maxFields, 1000),
    maxFiles: most(limits.maxFiles, 100),
    maxPartHeaderBytes: most(limits.maxPartHeaderBytes, 4096),
    maxNameLength: most(limits.maxNameLength, 1000),
    idleSeconds: most(limits.idleSeconds, 30),
    minBytesPerSecond: limits.minBytesPerSecond === undefined ? 500 : (limits.minBytesPerSecond ?? 0),
  }
}
