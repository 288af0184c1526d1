/**
 * Gives a file that is complete its name.
 */
import { link, open, rename, rm } from 'node:fs/promises'
import { errorCode } from './disk-errors.ts'
import { StorageNameRefused } from './errors.ts'

/** Takes the place of what is there, at once. @throws {StorageNameRefused} for a folder. */
export async function replaceBy(partial: string, place: string, name: string): Promise<boolean> {
  try {
    await rename(partial, place)
    return true
  } catch (cause) {
    if (['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(cause)))
      throw new StorageNameRefused(name, 'it is a folder', { cause })
    throw cause
  }
}

/** False when there is something already: a file, a folder, a link wherever it leads. */
export async function placeOnce(partial: string, place: string): Promise<boolean> {
  try {
    await link(partial, place)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(code)) throw error
    return reserve(partial, place)
  }
}

/** For disks that have no second names: an empty file holds the place until the whole one takes it. */
export async function reserve(partial: string, place: string): Promise<boolean> {
  try {
    await (await open(place, 'wx', 0o600)).close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    await rename(partial, place)
    return true
  } catch (error) {
    await rm(place, { force: true })
    throw error
  }
}
