/**
 * The pictures of visitors: files in the storage, and a row for each that says which one counts.
 */
import { type App, type HttpRequest, NotFound } from 'nuages'
import { UniqueViolation } from 'nuages/db'
import type { UploadedFile } from 'nuages/http'
import { canResizeImages, checkImage, type ImageType, makeAvatar } from 'nuages/images'
import type { AvatarTable } from './tables.ts'
import { english } from './texts.ts'

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
  const name = await nameOf(app, userId)
  return name === null ? null : app.storage.url(name)
}

/**
 * Makes a file the picture of an account. What was the picture before is removed when the new one is safe.
 *
 * @throws {ImageTypeRefused} 415, {ImageUnreadable} and {TooManyPixels} 422: the old picture stays.
 * @throws {NotFound} when the account was deleted meanwhile: no picture stays.
 */
export async function saveAvatar(request: HttpRequest, userId: number, file: UploadedFile): Promise<Avatar> {
  const { app } = request
  const { content, extension } = await pictureOf(request, file)
  const name = await app.storage.save(`avatars/${userId}${extension}`, content)
  const size = content instanceof Uint8Array ? content.byteLength : content.size
  const old = await replaceRow(app, { user_id: userId, name, size })
  if (old !== null) await app.storage.delete(old)
  // Whoever deletes an account removes the row that is there then. Ours may have come after that.
  if ((await app.users.get(userId)) === null) {
    await removeAvatar(app, userId)
    throw new NotFound(english('There is no such user.'))
  }
  return { url: await app.storage.url(name), name, size }
}

/** The picture of an account that is going. The row goes last: it tells what is left to do when the storage fails. */
export async function removeAvatar(app: App, userId: number): Promise<void> {
  const name = await nameOf(app, userId)
  if (name === null) return
  await app.storage.delete(name)
  await app.db.deleteFrom('store_avatar').where('user_id', '=', userId).where('name', '=', name).execute()
}

/** The picture of an account in the storage. */
async function nameOf({ db }: App, userId: number): Promise<string | null> {
  const row = await db.selectFrom('store_avatar').select('name').where('user_id', '=', userId).executeTakeFirst()
  return row?.name ?? null
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
async function replaceRow(app: App, row: AvatarTable): Promise<string | null> {
  let old: string | null = null
  try {
    do old = await nameOf(app, row.user_id)
    while (!(await isWritten(app, row, old)))
  } catch (error) {
    await requireWritten(app, row, error)
  }
  return old
}

/** False when another request was first. */
async function isWritten({ db }: App, row: AvatarTable, old: string | null): Promise<boolean> {
  if (old === null) return isInserted(db, row)
  const { numUpdatedRows } = await db
    .updateTable('store_avatar')
    .set(row)
    .where('user_id', '=', row.user_id)
    .where('name', '=', old)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

async function isInserted(db: App['db'], row: AvatarTable): Promise<boolean> {
  try {
    await db.insertInto('store_avatar').values(row).execute()
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}

/**
 * Resolves when the row was written and only the answer was lost. Otherwise the new file goes; while the database cannot be asked it stays, for the
 * row may name it.
 *
 * @throws `error`
 */
async function requireWritten(app: App, { user_id, name }: AvatarTable, error: unknown): Promise<void> {
  try {
    if ((await nameOf(app, user_id)) === name) return
    await app.storage.delete(name)
  } catch (err) {
    app.logger.warn({ err, name }, 'the file of a picture was left behind')
  }
  throw error
}
