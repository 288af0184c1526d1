/**
 * The files of a form, checked as the fields are.
 *
 * Owns what is declared of each file field, and its type by content. Leaves reading the form to the http room, and storages to
 * ./store-files.ts.
 */
import {
  detectFileType,
  type FileHead,
  FileTooLarge,
  type FileType,
  fileTypeBytes,
  type HttpRequest,
  type MultiValueDict,
  type UploadedFile,
  type UploadHandler,
} from '../http/index.ts'
import { FileTypeRefused } from './errors.ts'
import { type SavedFile, SavedFiles, type StoreRule, type Storing } from './store-files.ts'

/** What a file field may hold, and where it goes. */
export interface FileRule extends StoreRule {
  /** Most bytes of each file. Default: `FILE_UPLOAD_MAX_SIZE`. */
  readonly maxBytes?: number
  /** Types by content, the first bytes: the client's word does not count. Default: anything. */
  readonly accept?: readonly FileType[]
  /** True when the form makes no sense without. Default: false. */
  readonly required?: boolean
  /** True gives a list. Default: false, a second file of the name is an error. */
  readonly multiple?: boolean
}

/** Rules by field. A file in any other field is skipped. */
export type FileRules = Readonly<Record<string, FileRule>>

/** What becomes of a file by its rule: it is in the storage, or here until the request is answered. */
type CheckedFile<Rule extends FileRule> = Rule extends { readonly storage: object } ? SavedFile : UploadedFile

/** What `validate` gives for the rules: a file, a file or `null`, or a list. */
export type CheckedFiles<Rules extends FileRules> = {
  readonly [Name in keyof Rules]: Rules[Name] extends { readonly multiple: true }
    ? readonly CheckedFile<Rules[Name]>[]
    : Rules[Name] extends { readonly required: true }
      ? CheckedFile<Rules[Name]>
      : CheckedFile<Rules[Name]> | null
}

/** Refuses a file as soon as its bytes show that it must be, and keeps none that nobody asked for. */
export function ruleHandler(rules: FileRules): UploadHandler {
  let head: FileHead | null = null
  let rule: FileRule = {}
  let start: Uint8Array[] | null = null
  let startBytes = 0
  return {
    newFile(file) {
      if (!Object.hasOwn(rules, file.name)) return 'skip'
      head = file
      rule = rules[file.name] as FileRule
      start = rule.accept === undefined ? null : []
      startBytes = 0
      return undefined
    },
    receiveChunk(chunk, had) {
      const { name } = head as FileHead
      if (rule.maxBytes !== undefined && had + chunk.byteLength > rule.maxBytes)
        throw new FileTooLarge(name, rule.maxBytes)
      if (start === null) return chunk
      start.push(Buffer.from(chunk.subarray(0, fileTypeBytes - startBytes)))
      startBytes = Math.min(fileTypeBytes, startBytes + chunk.byteLength)
      if (startBytes === fileTypeBytes) {
        requireType(name, detectFileType(Buffer.concat(start)), rule)
        start = null
      }
      return chunk
    },
    fileComplete() {
      if (start !== null) requireType((head as FileHead).name, detectFileType(Buffer.concat(start)), rule)
    },
  }
}

function requireType(field: string, type: FileType | null, { accept }: FileRule): void {
  if (accept !== undefined && (type === null || !accept.includes(type))) throw new FileTypeRefused(field, accept)
}

/** The files of a form by the rules. */
export interface ReadFiles {
  /** Of each field: a file, `null` or a list. */
  readonly value: Readonly<Record<string, unknown>>
  /** What is missing, by field. */
  readonly errors: Readonly<Record<string, readonly string[]>>
  /** Takes those that are in a storage out again, when the form is refused. Never rejects. */
  remove(): Promise<void>
}

function byRules(files: MultiValueDict<UploadedFile>, rules: FileRules, saved: SavedFiles): ReadFiles {
  const value: Record<string, unknown> = Object.create(null)
  const errors: Record<string, string[]> = Object.create(null)
  for (const [name, rule] of Object.entries(rules)) {
    const given = files.getList(name).map(file => (rule.storage === undefined ? file : saved.get(file)))
    if (rule.required === true && given.length === 0) errors[name] = ['Choose a file.']
    if (rule.multiple !== true && given.length > 1) errors[name] = ['Choose one file only.']
    value[name] = rule.multiple === true ? given : (given[0] ?? null)
  }
  return { value, errors, remove: () => saved.remove() }
}

/**
 * The files of a request. They are checked, and stored, as they arrive; when somebody has read the form before, afterwards.
 *
 * @throws {FileTooLarge} with status 413, {FileTypeRefused} with status 415, {StorageFull} 507: what a storage has of the form is taken out again.
 */
export async function readFiles(request: HttpRequest, rules: FileRules, storing: Storing): Promise<ReadFiles> {
  const saved = new SavedFiles(rules, storing)
  if (!request.isFormStarted) {
    request.uploadHandlers = [ruleHandler(rules), ...request.uploadHandlers, saved.handler()]
    return byRules(await request.FILES, rules, saved)
  }
  const files = await request.FILES
  try {
    for (const [name, rule] of Object.entries(rules))
      for (const file of files.getList(name)) {
        if (rule.maxBytes !== undefined && file.size > rule.maxBytes) throw new FileTooLarge(name, rule.maxBytes)
        if (rule.accept !== undefined) requireType(name, await file.detectType(), rule)
        await saved.save(name, file)
      }
  } catch (error) {
    await saved.remove()
    throw error
  }
  return byRules(files, rules, saved)
}
