/**
 * Puts the files of a form into storages while they arrive, and takes them out again when the form is refused.
 *
 * Owns the way from the form to the storage, and what of it has to be undone. Leaves what a field may hold to ./files.ts.
 */
import { datedFolder, type FolderDate, nameInFolder, type Storage, withExtensionOf } from '../files/index.ts'
import {
  detectFileType,
  type FileHead,
  type FileType,
  fileTypeBytes,
  UploadedFile,
  type UploadHandler,
} from '../http/index.ts'
import { handled } from '../kit/index.ts'
import { ChunkChannel } from './chunk-channel.ts'

/** A file of a form that is in a storage. It is yours now: delete it when you refuse the form after all. */
export interface SavedFile {
  readonly storage: Storage
  /** In the storage: what `open`, `delete` and `url` take. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** By its first bytes; `null` when they say nothing. */
  readonly type: FileType | null
  /** As the visitor calls it, without folders: not safe as a path. */
  readonly filename: string
}

/** Where the files of a field go. */
export interface StoreRule {
  /** Files go here while they arrive, with no copy in between. Default: none, they are gone when the request is answered. */
  readonly storage?: Storage
  /**
   * The folder in the storage, dated when it has `%Y` and the like, as in Django: `avatars/%Y/%m/`; or a function that gives the whole
   * name. Default: `''`, no folder.
   */
  readonly uploadTo?: string | ((file: FileHead) => string)
  readonly accept?: readonly FileType[]
}

export type StoreRules = Readonly<Record<string, StoreRule>>

/** What all files of one form share. */
export interface Storing {
  readonly signal: AbortSignal
  /** For folders with the date in them. */
  readonly date: FolderDate
  /** Hears of each file that cannot be taken out again. */
  readonly onLeftFile: (error: unknown) => void
}

/** The files of one form that are in storages. */
export class SavedFiles {
  readonly #rules: StoreRules
  readonly #storing: Storing
  readonly #saved = new Map<UploadedFile, SavedFile>()

  constructor(rules: StoreRules, storing: Storing) {
    this.#rules = rules
    this.#storing = storing
  }

  /** What became of a file of a field with a storage. */
  get(file: UploadedFile): SavedFile {
    const saved = this.#saved.get(file)
    if (saved !== undefined) return saved
    throw new Error('An upload handler has kept a file itself that its field has a storage for: leave one of them out.')
  }

  /** Takes them out again. Never rejects. */
  async remove(): Promise<void> {
    const saved = [...this.#saved.values()]
    this.#saved.clear()
    await Promise.all(saved.map(file => takeOut(file, this.#storing)))
  }

  /** The last of the handlers before those that keep files for the request only: it saves what the others have made of a file. */
  handler(): UploadHandler {
    let arriving: ArrivingFile | null = null
    return {
      copiesChunks: Object.values(this.#rules).every(
        ({ storage }) => storage === undefined || storage.copiesChunks === true,
      ),
      newFile: head => {
        const rule = this.#rules[head.name]
        arriving =
          rule?.storage === undefined ? null : new ArrivingFile(head, { ...rule, storage: rule.storage }, this.#storing)
      },
      receiveChunk: async chunk => {
        if (arriving === null) return chunk
        await arriving.receive(chunk)
        return null
      },
      fileComplete: async () => {
        if (arriving === null) return null
        const { head } = arriving
        const saved = await arriving.complete()
        arriving = null
        const file = new UploadedFile(head, { size: saved.size, chunks: () => readBack(saved) })
        this.#saved.set(file, saved)
        return file
      },
      uploadInterrupted: async error => {
        await arriving?.stop(error)
        await this.remove()
      },
    }
  }

  /** A file that had arrived before anybody said where it goes. */
  async save(field: string, file: UploadedFile): Promise<void> {
    const rule = this.#rules[field]
    if (rule?.storage === undefined) return
    const { storage } = rule
    const type = await file.detectType()
    const { name: filename, contentType, charset } = file
    const head: FileHead = { name: field, filename, contentType, charset, headers: new Map() }
    const name = await storage.save(
      nameFor(head, type, { rule, date: this.#storing.date }),
      file,
      saveOptions(rule, type, this.#storing),
    )
    this.#saved.set(file, { storage, name, size: file.size, type, filename })
  }
}

/** What has refused the form stays the answer: a file that cannot be taken out is told of, no more. */
async function takeOut({ storage, name }: Pick<SavedFile, 'storage' | 'name'>, { onLeftFile }: Storing): Promise<void> {
  try {
    await storage.delete(name)
  } catch (cause) {
    onLeftFile(new Error(`The file ${name} of a form that was refused is still in its storage.`, { cause }))
  }
}

/** What was saved, from where it is. */
async function* readBack({ storage, name }: SavedFile): AsyncGenerator<Uint8Array, void, void> {
  yield* (await storage.open(name)).chunks()
}

/** A file on its way. Its first bytes wait until they tell what it is: its name depends on that. */
class ArrivingFile {
  readonly head: FileHead
  readonly #rule: StoreRule & { readonly storage: Storage }
  readonly #storing: Storing
  readonly #channel = new ChunkChannel()
  #start: Uint8Array[] | null = []
  #size = 0
  #type: FileType | null = null
  #saving: Promise<string> | null = null

  constructor(head: FileHead, rule: StoreRule & { readonly storage: Storage }, storing: Storing) {
    this.head = head
    this.#rule = rule
    this.#storing = storing
  }

  async receive(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.byteLength
    if (this.#start === null) return this.#channel.give(chunk)
    this.#start.push(Buffer.from(chunk))
    if (this.#size >= fileTypeBytes) await this.#begin(this.#start)
  }

  async #begin(start: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(start)
    this.#start = null
    this.#type = detectFileType(bytes.subarray(0, fileTypeBytes))
    const { head } = this
    const name = nameFor(head, this.#type, { rule: this.#rule, date: this.#storing.date })
    this.#saving = handled(
      this.#rule.storage.save(name, this.#channel, saveOptions(this.#rule, this.#type, this.#storing)),
    )
    // Who brings the bytes hears that nobody takes them.
    this.#saving.catch(error => this.#channel.fail(error))
    if (bytes.byteLength > 0) await this.#channel.give(bytes)
  }

  async complete(): Promise<SavedFile> {
    if (this.#start !== null) await this.#begin(this.#start)
    this.#channel.end()
    const name = await (this.#saving as Promise<string>)
    return { storage: this.#rule.storage, name, size: this.#size, type: this.#type, filename: this.head.filename }
  }

  /** Resolves when nothing of it is left. Never rejects. */
  async stop(error: unknown): Promise<void> {
    this.#channel.fail(error)
    const name = await this.#saving?.catch(() => null)
    // Saved all the same, at the last moment.
    if (typeof name === 'string') await takeOut({ storage: this.#rule.storage, name }, this.#storing)
  }
}

function nameFor(
  head: FileHead,
  type: FileType | null,
  to: { readonly rule: StoreRule; readonly date: FolderDate },
): string {
  const { uploadTo = '', accept } = to.rule
  if (typeof uploadTo === 'function') return uploadTo(head)
  const filename = accept !== undefined && type !== null ? withExtensionOf(head.filename, type) : head.filename
  return nameInFolder(datedFolder(uploadTo, to.date), filename)
}

/** A type that nobody asked for stays untold: a storage of its own might serve it as such, HTML too. */
function saveOptions(
  { accept }: StoreRule,
  type: FileType | null,
  { signal }: Storing,
): { readonly signal: AbortSignal; readonly contentType?: FileType } {
  return type !== null && accept?.includes(type) === true ? { signal, contentType: type } : { signal }
}
