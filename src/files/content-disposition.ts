/**
 * `Content-Disposition`: whether a file is shown or saved, and under which name (RFC 6266).
 */
import { cleanFileName } from '../http/index.ts'

/**
 * The value of the field. `filename` may come from anywhere: it loses folders, invisible characters and those that turn the direction of
 * writing, in which an `.exe` can look like a `.png`.
 */
export function contentDisposition(kind: 'inline' | 'attachment', filename: string): string {
  const name = (cleanFileName(filename.toWellFormed()) ?? 'download').trim() || 'download'
  // For programs that know no better: they do not undo escapes.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const value = `${kind}; filename="${plain}"`
  return plain === name ? value : `${value}; filename*=UTF-8''${extendedValue(name)}`
}

/** RFC 8187 (3.2.1). */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
