/**
 * Puts a file in its place, whole or not at all.
 */
import { constants as copying } from 'node:fs'
import { copyFile, link, open, rename, rm } from 'node:fs/promises'
import { StorageFull } from './errors.ts'
import { notePartial } from './partial-files.ts'

export interface SaveOptions {
  /** Takes the place of what is there. Default: false. */
  readonly replace?: boolean
  /** Permissions. Default: `0o644`, Django's FILE_UPLOAD_PERMISSIONS. */
  readonly mode?: number
}

/** How a file of a form is saved. */
export interface PlaceOptions extends SaveOptions {
  /** What the path of a note begins with that tells of the unfinished file; `null`: nobody is told. */
  readonly notePrefix: string | null
}

/** Saves bytes. */
export function saveBytes(
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  path: string,
  options: PlaceOptions,
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
  options: PlaceOptions & { readonly link: boolean },
): Promise<void> {
  return place(path, options, async partial => {
    if (options.link && (await linked(source, partial))) return
    await copyFile(source, partial, copying.COPYFILE_EXCL | copying.COPYFILE_FICLONE)
  })
}

/** False where that cannot be: another disk, or one that has no links. */
export async function linked(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path)
    return true
  } catch (error) {
    if (['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** `make` writes beside the place, under a name of its own; only a complete file gets the place. */
async function place(path: string, options: PlaceOptions, make: (partial: string) => Promise<void>): Promise<void> {
  const { path: partial, done } = await notePartial(path, options.notePrefix).catch(refuseFull)
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
    refuseFull(cause)
  } finally {
    await rm(partial, { force: true })
    await done()
  }
}

/** Says of a full disk what it is. */
function refuseFull(cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException
  throw code === 'ENOSPC' || code === 'EDQUOT' ? new StorageFull({ cause }) : cause
}
