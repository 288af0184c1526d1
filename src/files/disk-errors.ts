/**
 * What the errors of a file system mean to who keeps files in it.
 */

import { StorageFull } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import { StorageUnavailable } from './errors.ts'

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? ''
}

/** On the way stands a link, or a file in place of a folder; or the disk takes no name as long. */
export function isBlocked(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP', 'EMLINK', 'ENAMETOOLONG'].includes(errorCode(error))
}

/** There is none of the name. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || isBlocked(error)
}

/** A disk that fails, is away, or cannot be written; a process out of descriptors. */
const unavailable: readonly string[] = [
  'EIO',
  'EROFS',
  'ESTALE',
  'ENODEV',
  'ENXIO',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENFILE',
]

/** The error that a visitor gets for one of the disk; itself when it is none of those. */
export function diskError(cause: unknown): unknown {
  if (cause instanceof HttpError) return cause
  const code = errorCode(cause)
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) return new StorageFull({ cause })
  return unavailable.includes(code) ? new StorageUnavailable((cause as Error).message, { cause }) : cause
}
