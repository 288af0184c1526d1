/**
 * What a finished upload is called in the storage.
 *
 * Owns that no two uploads share a name: none can replace, or remove, the file of another.
 */
import { StringDecoder } from 'node:string_decoder'
import { cleanStorageName, nameInFolder, requireStorageName } from '../files/index.ts'

/** Of one piece between slashes: what file systems take. In bytes of UTF-8. */
const maxPieceBytes = 255

/**
 * `name`, with the id before its last piece unless it is in there: `films/a.mp4` is `films/<id>_a.mp4`. Too long a piece is shortened before its
 * extension.
 *
 * @throws {StorageNameRefused} with status 400 for folders that cannot be.
 */
export function storedName(name: string, id: string): string {
  const slash = name.lastIndexOf('/') + 1
  const folder = name.slice(0, slash)
  const own = folder + lastPiece(name.slice(slash))
  return requireStorageName(cleanStorageName(own.includes(id) ? own : folder + lastPiece(`${id}_${name.slice(slash)}`)))
}

/** The extension of a name when it is a plain one, dot included; else empty. */
export function extensionOf(name: string): string {
  return /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? ''
}

function lastPiece(text: string): string {
  const base = nameInFolder('', text)
  const extension = extensionOf(base)
  const stem = Buffer.from(base.slice(0, base.length - extension.length))
  // Gives whole characters only.
  return new StringDecoder('utf8').write(stem.subarray(0, maxPieceBytes - extension.length)) + extension
}
