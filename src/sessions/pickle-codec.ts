/**
 * Session data as Django keeps it in a cache: a pickle, not signed. Whoever can write to that cache can be any visitor, at Django as well.
 *
 * Owns the way between a store's texts, which are the bytes as latin-1, and data. Leaves opcodes to ./pickle-reader.ts and ./pickle-writer.ts.
 */
import { BoundedMap } from '../kit/index.ts'
import type { SessionCodec, SessionTexts } from './codec.ts'
import { PickleDamaged } from './errors.ts'
import { readPickledSession } from './pickle-reader.ts'
import { writePickledSession } from './pickle-writer.ts'

/** Sessions whose data stays in memory, and the longest that does. */
const memoEntries = 2000
const memoTextLength = 8192

/**
 * Reads and writes the pickles of Django's engine `cache`.
 *
 * A tuple or a number as a key stays what it is until its key of the session is changed here: then it becomes a list, or text, as in JSON.
 * `decode` throws `PickleRefused` for what only Python can make: taken for an empty session, it would be written over.
 */
export function createPickleCodec(): SessionCodec {
  const memo = new BoundedMap<string, SessionTexts>(memoEntries)
  const none: SessionTexts = new Map()

  function read(text: string): SessionTexts {
    try {
      return readPickledSession(Buffer.from(text, 'latin1'))
    } catch (error) {
      if (error instanceof PickleDamaged) return none
      throw error
    }
  }

  return {
    encode: data => writePickledSession(data).toString('latin1'),
    decode(text) {
      let data = memo.get(text)
      if (data === undefined) {
        data = read(text)
        if (text.length <= memoTextLength) memo.set(text, data)
      }
      return data
    },
  }
}
