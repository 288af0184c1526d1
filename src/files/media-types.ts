/**
 * Which type a file is sent as, by the extension of its name, and whether a browser may show it.
 *
 * A short list: all that is not on it, HTML first of all, is a download of bytes. What somebody has uploaded is never run on this site.
 */
import type { FileType } from '../http/index.ts'

/** How a file is sent. */
export interface MediaTypeOf {
  readonly type: string
  /** False: it is offered for download. */
  readonly isShown: boolean
}

/** Images without scripts, sound, films and plain text: a browser draws them, and runs nothing. */
const shown: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'image/avif': ['avif'],
  'image/bmp': ['bmp'],
  'image/x-icon': ['ico'],
  'video/mp4': ['mp4', 'm4v'],
  'video/webm': ['webm'],
  'audio/mpeg': ['mp3'],
  'audio/mp4': ['m4a'],
  'audio/ogg': ['ogg', 'oga', 'opus'],
  'audio/wav': ['wav'],
  'audio/flac': ['flac'],
  'text/plain; charset=utf-8': ['txt'],
}

/** Types that pages use or programs open, but that can hold scripts: an SVG in an `<img>` runs none. */
const downloaded: Readonly<Record<string, readonly string[]>> = {
  'image/svg+xml': ['svg'],
  'image/tiff': ['tif', 'tiff'],
  'image/heic': ['heic', 'heif'],
  'application/pdf': ['pdf'],
  'application/zip': ['zip'],
  'application/gzip': ['gz', 'tgz'],
}

const byExtension: ReadonlyMap<string, MediaTypeOf> = new Map(
  [shown, downloaded].flatMap(types =>
    Object.entries(types).flatMap(([type, extensions]) =>
      extensions.map(extension => [extension, { type, isShown: types === shown }] as const),
    ),
  ),
)

const unknown: MediaTypeOf = { type: 'application/octet-stream', isShown: false }

/** By the last extension of a name, in any case. */
export function mediaTypeOf(name: string): MediaTypeOf {
  const dot = name.lastIndexOf('.')
  return (dot > name.lastIndexOf('/') + 1 && byExtension.get(name.slice(dot + 1).toLowerCase())) || unknown
}

/**
 * `photo` and `photo.html` as `photo.png`, when that is what they are. Only images and PDF are told so: text and archives go by many
 * extensions. A name that fits its type stays.
 */
export function withExtensionOf(name: string, type: FileType): string {
  const extensions = { ...shown, ...downloaded }[type]
  if (extensions === undefined || !/^image\/|\/pdf$/.test(type)) return name
  const dot = name.lastIndexOf('.')
  if (dot > 0 && extensions.includes(name.slice(dot + 1).toLowerCase())) return name
  return `${dot > 0 ? name.slice(0, dot) : name}.${extensions[0]}`
}
