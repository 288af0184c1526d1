/**
 * The pictures of visitors: files in the storage, and a row for each that says which one counts.
 */
import type { App, HttpRequest } from 'nuages'
import { UniqueViolation } from 'nuages/db'
import type { UploadedFile } from 'nuages/http'
import { canResizeImages, checkImage, type ImageType, makeAvatar } from 'nuages/images'
import type { AvatarTable } from './tables.ts'

/** 5 MiB. */
const maxBytes = 5_242_880

const accept: readonly ImageType[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']

/** The form's field, and what it takes. */
export const avatarRules = { headimg: { maxBytes, accept, required: true } } as const

const extensions: Readonly<Record<ImageType, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
}

/** As the API tells it. */
export interface Avatar {
  readonly url: string
  /** In the storage. */
  readonly name: string
  /** In bytes. */
  readonly size: number
}

/** Where the picture of an account is; `null` when it has none. */
export async function avatarUrl(app: App, userId: number): Promise<string | null> {
  const row = await app.db.selectFrom('store_avatar').select('name').where('user_id', '=', userId).executeTakeFirst()
  return row === undefined ? null : app.storage.url(row.name)
}

/**
 * Makes a file the picture of an account. What was the picture before is removed when the new one is safe.
 *
 * @throws {ImageTypeRefused} 415, {ImageUnreadable} and {TooManyPixels} 422: the old picture stays.
 */
export async function saveAvatar(request: HttpRequest, userId: number, file: UploadedFile): Promise<Avatar> {
  const { app } = request
  const { content, extension } = await pictureOf(request, file)
  const name = await app.storage.save(`avatars/${userId}${extension}`, content)
  const size = content instanceof Uint8Array ? content.byteLength : content.size
  let old: string | null
  try {
    old = await replaceRow(app, { user_id: userId, name, size })
  } catch (error) {
    await app.storage.delete(name)
    throw error
  }
  if (old !== null) await app.storage.delete(old)
  return { url: await app.storage.url(name), name, size }
}

/** The picture of an account that is going. */
export async function removeAvatar(app: App, userId: number): Promise<void> {
  const row = await app.db.selectFrom('store_avatar').select('name').where('user_id', '=', userId).executeTakeFirst()
  if (row === undefined) return
  await app.db.deleteFrom('store_avatar').where('user_id', '=', userId).where('name', '=', row.name).execute()
  await app.storage.delete(row.name)
}

/** A picture of our own making, so that nothing but pixels is kept. Where `sharp` is not installed, the file itself if its header is sound. */
async function pictureOf(
  request: HttpRequest,
  file: UploadedFile,
): Promise<{ readonly content: Uint8Array | UploadedFile; readonly extension: string }> {
  const rules = { accept, maxBytes, field: 'headimg' }
  if (!canResizeImages()) return { content: file, extension: extensions[(await checkImage(file, rules)).type] }
  const { bytes, extension } = await makeAvatar(file, { ...rules, signal: request.signal })
  return { content: bytes, extension }
}

/** Resolves the name that the row had before. Of two requests at once each takes out the one it replaces, so that no file is left over. */
async function replaceRow({ db }: App, row: AvatarTable): Promise<string | null> {
  for (;;) {
    const old = await db.selectFrom('store_avatar').select('name').where('user_id', '=', row.user_id).executeTakeFirst()
    if (old === undefined) {
      if (await inserted(db, row)) return null
    } else {
      const { numUpdatedRows } = await db
        .updateTable('store_avatar')
        .set(row)
        .where('user_id', '=', row.user_id)
        .where('name', '=', old.name)
        .executeTakeFirst()
      if (numUpdatedRows === 1n) return old.name
    }
  }
}

/** False when another request has just inserted one. */
async function inserted(db: App['db'], row: AvatarTable): Promise<boolean> {
  try {
    await db.insertInto('store_avatar').values(row).execute()
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}
