/**
 * Reads a multipart form whole: `request.POST` and `request.FILES`, in one pass.
 */

import { type FieldPart, type FileHead, FilePart, type Part } from './file-part.ts'
import { MultiValueDict } from './multi-value-dict.ts'
import type { PartReader } from './parts.ts'
import { QueryDict } from './query-dict.ts'
import { UploadChain, type UploadHandler } from './upload-handlers.ts'
import type { UploadedFile } from './uploaded-file.ts'

/** What a form held. */
export interface MultipartForm {
  readonly fields: QueryDict
  readonly files: MultiValueDict<UploadedFile>
  /** Fields and files in the order they came. */
  readonly parts: readonly (FieldPart | { readonly head: FileHead; readonly file: UploadedFile })[]
}

export const emptyForm: MultipartForm = { fields: QueryDict.from([]), files: new MultiValueDict(), parts: [] }

/**
 * Reads every part; the handlers see the files. `onLeftFile` hears of what they could not undo when the form is refused.
 *
 * A file input left empty is a field with an empty value, as in Django. Left out are parts without a name, and files whose
 * name says nothing (`..`).
 */
export async function readForm(
  reader: PartReader,
  handlers: readonly UploadHandler[],
  onLeftFile: (error: unknown) => void,
): Promise<MultipartForm> {
  const chain = new UploadChain(handlers)
  const parts: MultipartForm['parts'][number][] = []
  try {
    for (let part = await reader.next(); part !== null; part = await reader.next()) {
      if (part.kind === 'field') {
        parts.push(part)
        continue
      }
      if (!(await chain.newFile(part))) continue
      for await (const chunk of chain.copiesChunks ? part.transientChunks() : part) await chain.receiveChunk(chunk)
      const file = await chain.fileComplete()
      if (file !== null) parts.push({ head: part, file })
    }
  } catch (error) {
    reader.release()
    for (const failure of await chain.uploadInterrupted(error)) onLeftFile(failure)
    throw error
  }
  return { fields: fieldsOf(parts), files: filesOf(parts), parts }
}

function fieldsOf(parts: MultipartForm['parts']): QueryDict {
  return QueryDict.from(parts.flatMap(part => ('kind' in part ? [[part.name, part.value] as const] : [])))
}

function filesOf(parts: MultipartForm['parts']): MultiValueDict<UploadedFile> {
  const files = new Map<string, UploadedFile[]>()
  for (const part of parts) {
    if ('kind' in part) continue
    const sameName = files.get(part.head.name)
    if (sameName === undefined) files.set(part.head.name, [part.file])
    else sameName.push(part.file)
  }
  return new MultiValueDict(files)
}

/** The parts of a body, as they arrive. Whoever stops early lets go of the rest. */
export async function* streamParts(reader: PartReader): AsyncGenerator<Part, void, void> {
  try {
    for (let part = await reader.next(); part !== null; part = await reader.next()) yield part
  } finally {
    reader.release()
  }
}

/** The parts of a form that was read already. */
export async function* replayParts(form: Promise<MultipartForm>): AsyncGenerator<Part, void, void> {
  for (const part of (await form).parts) {
    if ('kind' in part) {
      yield part
      continue
    }
    const chunks = part.file.chunks()[Symbol.asyncIterator]()
    try {
      yield new FilePart(part.head, async () => {
        const result = await chunks.next()
        return result.done === true ? null : result.value
      })
    } finally {
      await chunks.return?.()
    }
  }
}
