/**
 * What is kept of an upload beside its bytes: a small file.
 */
import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { StorageFull } from '../http/index.ts'

/** What is kept of an upload beside its bytes. */
export interface UploadInfo {
  /** In bytes; `null` until the client tells. */
  readonly length: number | null
  /** `Upload-Metadata` as sent. */
  readonly metadata: string
  /** What it is called in the storage: no other upload has the name. */
  readonly name: string
}

/** What is kept of an upload; `null` for one that is not there, or was torn by a power cut. */
export async function readInfo(path: string): Promise<UploadInfo | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Another content from one moment to the next, on the disk. @throws {StorageFull} with status 507. */
export async function writeInfo(path: string, info: UploadInfo): Promise<void> {
  const fresh = `${path}.${randomBytes(8).toString('hex')}`
  try {
    const handle = await open(fresh, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(info))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(fresh, path)
  } catch (cause) {
    await rm(fresh, { force: true })
    throw fullOr(cause)
  }
}

/** Says of a full disk what it is. */
export function fullOr(cause: unknown): unknown {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((cause as NodeJS.ErrnoException).code ?? '')
    ? new StorageFull({ cause })
    : cause
}
