/**
 * The end of uploads that were never finished: refused, ended by the client, expired.
 *
 * Owns that nothing of them stays, neither here nor in the storage. What is finished belongs to the application, and is not looked at.
 */
import type { Storage } from '../files/index.ts'
import { HttpError } from '../kit/index.ts'
import type { OwnerFolder, UploadFolder } from './upload-folder.ts'
import type { UploadLock, UploadLocks } from './upload-locks.ts'

/** Whoever calls it holds the lock. The file goes first: if that fails, the upload is there to try again. */
export async function discardUpload(storage: Storage, folder: OwnerFolder, id: string): Promise<void> {
  const name = await folder.nameWhenWhole(id)
  if (name !== null) await storage.delete(name)
  await folder.remove(id)
}

export interface ExpiredUploadsOptions {
  readonly folder: UploadFolder
  readonly locks: UploadLocks
  readonly storage: Storage
  /** In milliseconds: what nobody has written to since then has expired. */
  readonly time: number
}

/** Resolves how many. @throws {AggregateError} when it has tried all, and some could not be removed. */
export async function removeExpiredUploads(options: ExpiredUploadsOptions): Promise<number> {
  const { folder, time } = options
  const failures: unknown[] = []
  const attempt = (work: () => Promise<void>): Promise<void> => work().catch(error => void failures.push(error))
  let count = 0
  for await (const owner of folder.owners())
    await attempt(async () => {
      for await (const id of owner.idleSince(time))
        await attempt(async () => {
          if (await removeIdle(owner, id, options)) count += 1
        })
      await owner.sweep(time)
    })
  if (failures.length === 0) return count
  throw new AggregateError(failures, 'Not all expired uploads could be removed.', { cause: failures[0] })
}

/** Somebody may have gone on with it at this moment. */
async function removeIdle(
  owner: OwnerFolder,
  id: string,
  { locks, storage, time }: ExpiredUploadsOptions,
): Promise<boolean> {
  let lock: UploadLock
  try {
    lock = await locks.acquire(owner.folderOf(id), 0)
  } catch (error) {
    if (error instanceof HttpError) return false
    throw error
  }
  try {
    const isIdle = await owner.isIdleSince(id, time)
    if (isIdle) await discardUpload(storage, owner, id)
    return isIdle
  } finally {
    await lock.release()
  }
}
