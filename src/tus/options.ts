/**
 * What an application says of its uploads, and hears of them.
 */
import { requireUser } from '../auth/index.ts'
import type { Storage } from '../files/index.ts'
import type { FileType, HttpRequest } from '../http/index.ts'
import { type Awaitable, type Clock, systemClock } from '../kit/index.ts'
import { extensionOf } from './stored-name.ts'

/** An upload that begins. All of it but the owner is the client's word. */
export interface NewUpload {
  /** Whose it is: only they can go on with it. */
  readonly owner: string
  /** In bytes; `null` when it is told later. */
  readonly length: number | null
  /** Without folders and invisible characters; `upload` when the client gives none. */
  readonly filename: string
  /** In lower case; empty when the client says nothing. */
  readonly contentType: string
  /** Everything of `Upload-Metadata`. */
  readonly metadata: ReadonlyMap<string, string>
}

/** An upload that is complete, and in the storage. */
export interface FinishedUpload extends NewUpload {
  /** The last piece of its address; the same however often `onFinish` is called. */
  readonly id: string
  readonly length: number
  /** What it is called in the storage. */
  readonly name: string
}

export interface TusOptions {
  /** Where unfinished uploads are; made when missing. On the disk of the storage, so that a finished file need not be copied. */
  readonly folder: string
  /** Where finished files go, one storage for all requests: `request => request.app.storage`. */
  readonly storage: (request: HttpRequest) => Storage
  /** Most bytes of one upload. Default: 1 GiB (1_073_741_824). */
  readonly maxBytes?: number
  /** Types by content, the first bytes. Default: anything. */
  readonly accept?: readonly FileType[]
  /** Who makes an upload. Default: the id of who is logged in; 401 for nobody. */
  readonly owner?: (request: HttpRequest) => Awaitable<string>
  /** Most unfinished uploads of one owner. Default: 10. */
  readonly maxUnfinished?: number
  /** How long an upload is kept after its last byte, in seconds. Default: 86_400, a day. */
  readonly expireSeconds?: number
  /** How long nothing may arrive, in seconds. Default: 30. */
  readonly idleSeconds?: number
  /**
   * What the finished file is called in the storage, asked when the upload begins. A name without the id gets it: `films/a.mp4` is
   * `films/<id>_a.mp4`, so that no upload touches the file of another. Default: `uploads/<id>`, with the extension of the client's name.
   */
  readonly name?: (upload: NewUpload & Pick<FinishedUpload, 'id'>) => string
  /** Runs before an upload begins: throw to refuse it. Default: nothing. */
  readonly onCreate?: (request: HttpRequest, upload: NewUpload) => Awaitable<void>
  /**
   * Runs when a file is complete and in the storage, before the client hears of it. If it fails, or the server is killed, it runs again when the
   * client asks: know a finished upload by its `id`. An `HttpError` below 500 refuses the upload for good: its file is removed. So it is when the
   * upload is ended or expires before this has run to its end.
   */
  readonly onFinish?: (request: HttpRequest, upload: FinishedUpload) => Awaitable<void>
  /** Default: the machine's. */
  readonly clock?: Clock
}

/** What is not said. */
export const defaults: Required<Omit<TusOptions, 'folder' | 'storage' | 'accept'>> = {
  maxBytes: 1_073_741_824,
  owner: async (request: HttpRequest): Promise<string> => String((await requireUser(request)).id),
  maxUnfinished: 10,
  expireSeconds: 86_400,
  idleSeconds: 30,
  name: ({ id, filename }: { readonly id: string; readonly filename: string }): string =>
    `uploads/${id}${extensionOf(filename).toLowerCase()}`,
  onCreate: (): void => {},
  onFinish: (): void => {},
  clock: systemClock,
}
