/**
 * Puts a file in its place, whole or not at all.
 */
import { randomBytes } from 'node:crypto'
import { copyFile, constants as copying, link, open, rename, rm } from 'node:fs/promises'
import { StorageFull } from './errors.ts'

export interface SaveOptions {
  /** Takes the place of what is there. Default: false. */
  readonly replace?: boolean
  /** Permissions. Default: `0o644`, Django's FILE_UPLOAD_PERMISSIONS. */
  readonly mode?: number
}

/** Saves bytes. */
export function saveBytes(
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  path: string,
  options: SaveOptions,
): Promise<void> {
  return place(path, options, async partial => {
    const handle = await open(partial, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
  })
}

/** Saves a copy of a file; with `link`, on the same disk, the file itself under a second name. */
export function saveFile(
  source: string,
  path: string,
  options: SaveOptions & { readonly link: boolean },
): Promise<void> {
  return place(path, options, async partial => {
    if (options.link && (await linked(source, partial))) return
    await copyFile(source, partial, copying.COPYFILE_EXCL | copying.COPYFILE_FICLONE)
  })
}

async function linked(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path)
    return true
  } catch (error) {
    // Another disk, or one that has no links.
    if (['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** `make` writes beside the place, under a name of its own; only a complete file gets the place. */
async function place(path: string, options: SaveOptions, make: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.${randomBytes(8).toString('hex')}.part`
  try {
    await make(partial)
    const handle = await open(partial, 'r')
    try {
      await handle.chmod(options.mode ?? 0o644)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (options.replace === true) await rename(partial, path)
    else if (!(await linked(partial, path))) await copyFile(partial, path, copying.COPYFILE_EXCL)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw code === 'ENOSPC' || code === 'EDQUOT' ? new StorageFull({ cause }) : cause
  } finally {
    await rm(partial, { force: true })
  }
}
