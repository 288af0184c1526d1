/**
 * Saving into a bucket: a small file by one request, a large one in parts, under a name that nobody else gets.
 */
import { randomBytes } from 'node:crypto'
import {
  cleanStorageName,
  contentDisposition,
  mediaTypeOf,
  type SaveToStorageOptions,
  type StorageSource,
  StorageUnavailable,
  storageChunks,
  storageNames,
} from '../files/index.ts'
import { UploadedFile } from '../http/index.ts'
import { MultipartUpload } from './multipart-upload.ts'
import { PartReader, type SourcePart } from './part-reader.ts'
import type { S3Client } from './s3-client.ts'

/** Of the object: who saved it. Tells a name that somebody else took from one that we got while the answer was lost. */
const tokenHeader = 'x-amz-meta-nuages-save'
const isNew = { 'If-None-Match': '*' } as const
/** 409: somebody saves the same name at this moment. 412: it is taken. 501: the server has no conditions. */
const refusals = [409, 412, 501] as const
/** What the name of a question begins with: nothing in a storage is called so, and lists pass over it. */
const probePrefix = '.nuages-probe-'
/** How often a source is read, at most, when its name is taken each time. */
const mostReadings = 3
/** How many names are tried: all but the first two are chance, so that none is free means that the server answers nonsense. */
const mostNames = 100

export class S3Saver {
  readonly #client: S3Client
  /** Keys that are being saved by this process: without conditions, they are what keeps two from one name. */
  readonly #saving: Set<string> = new Set()
  /** `null` as long as nobody knows; false as soon as the server has said that it has none. */
  #hasConditions: boolean | null
  #asking: Promise<boolean> | null = null

  constructor(client: S3Client) {
    this.#client = client
    this.#hasConditions = client.config.conditionalWrites
  }

  /**
   * Whether a file can be sent on the condition that its name is free. Where neither the options nor a file saved before have told, the server is asked
   * once, by an empty file beside `name` that goes at once.
   */
  async hasConditions(name: string): Promise<boolean> {
    if (this.#hasConditions !== null) return this.#hasConditions
    this.#asking ??= this.#askForConditions(name).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #askForConditions(name: string): Promise<boolean> {
    const folder = name.slice(0, name.lastIndexOf('/') + 1)
    const key = this.#keyOf(`${folder}${probePrefix}${randomBytes(12).toString('hex')}`)
    const request = { method: 'PUT', key, body: new Uint8Array(), headers: isNew, expects: refusals } as const
    const { status } = await this.#client.send(request)
    this.#hasConditions = status !== 501
    if (this.#hasConditions) await this.#client.send({ method: 'DELETE', key, expects: [404] })
    return this.#hasConditions
  }

  async save(name: string, source: StorageSource, options: SaveToStorageOptions): Promise<string> {
    const clean = cleanStorageName(name)
    for (let attempt = 1; ; attempt += 1) {
      const saved = await this.#saveOnce(clean, source, options)
      if (saved !== null) return saved
      // Somebody else got the name while the bytes were on their way. A stream cannot be read again.
      const isLasting = source instanceof UploadedFile || source instanceof Uint8Array || typeof source === 'string'
      if (!isLasting || attempt === mostReadings)
        throw new StorageUnavailable('POST: another process has saved a file of this name meanwhile')
    }
  }

  async #saveOnce(clean: string, source: StorageSource, options: SaveToStorageOptions): Promise<string | null> {
    const signal = new AbortController()
    const stop = (): void => signal.abort(options.signal?.reason)
    options.signal?.throwIfAborted()
    options.signal?.addEventListener('abort', stop)
    const parts = new PartReader(
      storageChunks(source, { signal: signal.signal, copiesChunks: true }),
      this.#client.config.partBytes,
    )
    try {
      const first = await parts.next()
      const saving: Saving = { clean, options, signal, token: randomBytes(12).toString('hex') }
      return first.isLast ? await this.#saveSmall(saving, first) : await this.#saveLarge(saving, { first, parts })
    } finally {
      options.signal?.removeEventListener('abort', stop)
      parts.close()
    }
  }

  async #saveSmall(saving: Saving, { bytes }: SourcePart): Promise<string> {
    for (const name of this.#namesFor(saving))
      if (await this.#reserve(name, saving, () => this.#put(name, bytes, saving))) return name
    throw new StorageUnavailable(`${mostNames} names are taken, says the S3 server`)
  }

  /** False when the name is taken. */
  async #put(name: string, body: Uint8Array<ArrayBuffer>, saving: Saving): Promise<boolean> {
    const request = {
      method: 'PUT',
      key: this.#keyOf(name),
      body,
      headers: objectHeaders(name, saving),
      signal: saving.signal.signal,
    } as const
    if (saving.options.replace !== true && this.#hasConditions !== false) {
      const { status, isRepeated } = await this.#client.send({
        ...request,
        headers: { ...request.headers, ...isNew },
        expects: refusals,
      })
      this.#hasConditions = status !== 501
      if (status === 412 || status === 409) return isRepeated && (await this.#isOurs(name, saving))
      if (this.#hasConditions) return true
    }
    if (saving.options.replace !== true && (await this.#headOf(name, saving)) !== null) return false
    await this.#client.send(request)
    return true
  }

  /** `null` when the name was taken while the bytes were on their way. */
  async #saveLarge(
    saving: Saving,
    source: { readonly first: SourcePart; readonly parts: PartReader },
  ): Promise<string | null> {
    for (const name of this.#namesFor(saving)) {
      let isSaved = false
      const wasFree = await this.#reserve(name, saving, async () => {
        if (saving.options.replace !== true && (await this.#headOf(name, saving)) !== null) return false
        isSaved = await this.#sendParts(name, saving, source)
        return true
      })
      if (wasFree) return isSaved ? name : null
    }
    throw new StorageUnavailable(`${mostNames} names are taken, says the S3 server`)
  }

  async #sendParts(
    name: string,
    saving: Saving,
    { first, parts }: { readonly first: SourcePart; readonly parts: PartReader },
  ): Promise<boolean> {
    const { signal } = saving
    const target = { key: this.#keyOf(name), headers: objectHeaders(name, saving), signal }
    const upload = await MultipartUpload.begin(this.#client, target)
    let isSaved = false
    try {
      await upload.sendAll(first, parts)
      isSaved = await this.#complete(upload, name, saving)
      return isSaved
    } finally {
      if (!isSaved) {
        signal.abort(new Error('The upload has ended.'))
        // The first failure is the one to tell; `removeUnfinished` finds what a server that is away still has.
        await upload.abort().catch(() => {})
      }
    }
  }

  async #complete(upload: MultipartUpload, name: string, saving: Saving): Promise<boolean> {
    const replaces = saving.options.replace === true
    if (!replaces && this.#hasConditions !== false) {
      const { status, isRepeated } = await upload.complete(isNew, [404, ...refusals])
      if (status === 409 || status === 412) return isRepeated && (await this.#isOurs(name, saving))
      if (status === 404) return this.#requireOurs(name, saving)
      if (status !== 501) return true
      this.#hasConditions = false
    }
    if (!replaces && (await this.#headOf(name, saving)) !== null) return false
    const { status } = await upload.complete({}, [404])
    return status !== 404 || this.#requireOurs(name, saving)
  }

  /** The parts are gone: they are the file by now, when only the answer was lost. */
  async #requireOurs(name: string, saving: Saving): Promise<true> {
    if (await this.#isOurs(name, saving)) return true
    throw new StorageUnavailable('POST: the S3 server has lost the parts of the file')
  }

  #namesFor({ clean, options }: Saving): Iterable<string> {
    const { uniqueName: unique, clock, prefix } = this.#client.config
    const names = storageNames(clean, { unique, now: clock(), maxLength: lengthFor(prefix, options.maxNameLength) })
    // Who replaces wants the first one only.
    return names.take(options.replace === true ? 1 : mostNames)
  }

  /** One at a time for a name; false for the others. Those that replace do not wait: the last one stays. */
  async #reserve(name: string, { options }: Saving, save: () => Promise<boolean>): Promise<boolean> {
    if (options.replace === true) return save()
    if (this.#saving.has(name)) return false
    this.#saving.add(name)
    try {
      return await save()
    } finally {
      this.#saving.delete(name)
    }
  }

  async #isOurs(name: string, saving: Saving): Promise<boolean> {
    return (await this.#headOf(name, saving))?.get(tokenHeader) === saving.token
  }

  async #headOf(name: string, { signal }: Saving): Promise<Headers | null> {
    const key = this.#keyOf(name)
    const { status, headers } = await this.#client.send({ method: 'HEAD', key, signal: signal.signal, expects: [404] })
    return status === 404 ? null : headers
  }

  #keyOf(name: string): string {
    return this.#client.config.prefix + name
  }
}

interface Saving {
  readonly clean: string
  readonly options: SaveToStorageOptions
  readonly signal: AbortController
  readonly token: string
}

/** Most bytes of a key. */
const mostKeyBytes = 1024

/** Characters that a name may have, with the prefix before it: a character has up to four bytes, and only long prefixes matter. */
function lengthFor(prefix: string, most: number | undefined): number | undefined {
  if (prefix === '') return most
  return Math.min(most ?? mostKeyBytes, mostKeyBytes - Buffer.byteLength(prefix))
}

/** What a browser is told that gets the object from the bucket itself: nothing that was uploaded is shown as a page. */
export function contentHeaders(name: string, contentType?: string): Readonly<Record<string, string>> {
  const known = mediaTypeOf(name)
  const type = contentType ?? known.type
  const isShown = known.isShown && type === known.type
  return {
    'Content-Type': type,
    ...(!isShown && { 'Content-Disposition': contentDisposition('attachment', name.slice(name.lastIndexOf('/') + 1)) }),
  }
}

function objectHeaders(name: string, { options, token }: Saving): Readonly<Record<string, string>> {
  return { ...contentHeaders(name, options.contentType), [tokenHeader]: token }
}
