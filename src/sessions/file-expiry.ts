/**
 * How long a session lives whose file a Django wrote: it leaves the time of the file as it is, and says in the data when that is not the default.
 */
import { parseJson } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { createSessionCodec } from './codec.ts'
import { expiryDate, expiryKey } from './expiry.ts'

/** When the session in `text` ends that was written at `writtenAt`, in milliseconds; `null` when it has no expiry of its own. */
export type FileExpiry = (text: string, writtenAt: number) => number | null

export function createFileExpiry(settings: Settings): FileExpiry {
  const codec = createSessionCodec({ key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS })
  return (text, writtenAt) => {
    const stored = codec.decode(text).get(expiryKey)
    return stored === undefined ? null : expiryDate(parseJson(stored), writtenAt, settings)
  }
}
