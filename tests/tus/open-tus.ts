/** An app with resumable uploads for tests, its files in memory, its unfinished uploads in a folder of its own. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type App, createApp, defineSettings, include, path } from 'nuages'
import type { Storage, StorageSource } from 'nuages/files'
import { createTusUploads, type FinishedUpload, type TusOptions, type TusUploads } from '../../src/tus/index.ts'
import { temporaryFolder } from '../real-parts.ts'

export interface OpenedTus {
  readonly app: App
  readonly uploads: TusUploads
  readonly folder: string
  readonly storage: Storage
  /** What is in the storage in memory: name to bytes. */
  readonly files: Map<string, Buffer>
  readonly finished: FinishedUpload[]
  /** Sends a request as somebody: `ada` unless `X-Owner` says so. The path is below `/upload/`, or an address. */
  send(method: string, place: string, headers?: Readonly<Record<string, string>>, body?: BodyOf): Promise<Response>
  /** Begins an upload. Resolves its address. */
  create(length: number, headers?: Readonly<Record<string, string>>): Promise<string>
  /** The offset of an upload. */
  offset(address: string): Promise<number>
  /** What is in the folder, without folders. */
  left(): readonly string[]
}

export type BodyOf = string | Uint8Array | ReadableStream<Uint8Array>

/** What the tests need of a storage. */
export function storageIn(files: Map<string, Buffer>): Storage {
  const save = async (name: string, source: StorageSource): Promise<string> => {
    const chunks: Uint8Array[] = []
    const from = typeof source === 'object' && 'chunks' in source ? source.chunks() : source
    for await (const chunk of from as AsyncIterable<Uint8Array>) chunks.push(chunk)
    files.set(name, Buffer.concat(chunks))
    return name
  }
  return { save, delete: async (name: string) => files.delete(name) } as Partial<Storage> as Storage
}

/** Of the uploads; `storage` is one in memory unless it is given. */
export type OpenTusOptions = Partial<Omit<TusOptions, 'storage'>> & { readonly storage?: Storage }

export async function openTus(t: TestContext, options: OpenTusOptions = {}): Promise<OpenedTus> {
  const folder = options.folder ?? temporaryFolder(t)
  const files = new Map<string, Buffer>()
  const { storage = storageIn(files) } = options
  const finished: FinishedUpload[] = []
  const uploads = createTusUploads({
    owner: request => request.headers.get('x-owner') ?? 'ada',
    onFinish: (_, upload) => void finished.push(upload),
    ...options,
    folder,
    storage: () => storage,
  })
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of resumable uploads',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
    }),
    urls: [path('upload/', include(uploads.urls))],
    logger: null,
  })
  t.after(() => app.close())
  await app.migrate()
  const send: OpenedTus['send'] = (method, place, headers = {}, body) =>
    app.fetch(
      new Request(new URL(place, 'http://localhost/upload/'), {
        method,
        headers: { 'Tus-Resumable': '1.0.0', ...headers },
        ...(body === undefined ? {} : { body: body as never, duplex: 'half' }),
      }),
    )
  return {
    app,
    uploads,
    folder,
    storage,
    files,
    finished,
    send,
    create: async (length, headers = {}) => {
      const response = await send('POST', '', { 'Upload-Length': String(length), ...headers })
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
      return response.headers.get('location') as string
    },
    offset: async address => Number((await send('HEAD', address)).headers.get('upload-offset') ?? Number.NaN),
    left: () =>
      globSync('**/*', { cwd: folder, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name)),
  }
}

/** The header fields of bytes that go on at `offset`. */
export function chunkAt(offset: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset), ...more }
}

/** What the client says of its file: a name. */
export function metadataOf(filename: string): Record<string, string> {
  return { 'Upload-Metadata': `filename ${Buffer.from(filename).toString('base64')}` }
}

/** A body that gives what it is given, when it is given. */
export function slowBody(): {
  body: ReadableStream<Uint8Array>
  push(bytes: Uint8Array): void
  end(): void
  cut(): void
} {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(own) {
      controller = own
    },
  })
  return {
    body,
    push: bytes => controller?.enqueue(bytes),
    end: () => controller?.close(),
    cut: () => controller?.error(new Error('cut')),
  }
}
