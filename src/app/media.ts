/**
 * The files of an app: its folder, and the view that gives them to visitors.
 */
import { createDiskStorage, type FilesView, type Storage, serveFiles } from '../files/index.ts'
import type { Clock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'

/** The folder of the settings. Nothing of it is looked at before the first file. */
export function openMediaFolder(settings: Settings, clock: Clock): Storage {
  return createDiskStorage({
    root: settings.MEDIA_ROOT,
    url: settings.MEDIA_URL,
    permissions: settings.FILE_UPLOAD_PERMISSIONS,
    directoryPermissions: settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS,
    uniqueName: settings.FILE_UPLOAD_UNIQUE_NAME,
    clock,
  })
}

/**
 * Gives everybody the files of `app.storage`: `path('media/<path:name>', serveMedia)`, at the place of `MEDIA_URL`.
 *
 * For files that only some may see, ask in a view of your own, and answer with `fileResponse`.
 */
export const serveMedia: FilesView = serveFiles(request => request.app.storage)
