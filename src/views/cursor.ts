/**
 * Where a client stands in a list: behind an item, in an order. Stable while items come and go.
 *
 * Owns the text, signed so that nobody can make the database compare what is not of the column's type. It holds only what the client was
 * shown.
 */
import { BadSignature, Signer } from '../signing/index.ts'

/** A place in an order. */
export interface Cursor {
  readonly orderBy: string
  readonly descending: boolean
  /** Towards the beginning. */
  readonly backwards: boolean
  /** Of the item at this place: what the list is ordered by, and its key. */
  readonly value: CursorValue
  readonly key: CursorValue
}

export type CursorValue = string | number | boolean

export interface CursorKeys {
  readonly SECRET_KEY: string
  readonly SECRET_KEY_FALLBACKS: readonly string[]
}

const signers = new WeakMap<CursorKeys, Signer>()

function signerOf(keys: CursorKeys): Signer {
  const known = signers.get(keys)
  if (known !== undefined) return known
  const { SECRET_KEY: key, SECRET_KEY_FALLBACKS: fallbackKeys } = keys
  const signer = new Signer({ key, fallbackKeys, salt: 'nuages.views.cursor', sep: '.' })
  signers.set(keys, signer)
  return signer
}

/** `table`: a cursor is good for lists of this table only. */
export function serializeCursor(cursor: Cursor, table: string, keys: CursorKeys): string {
  const { orderBy, descending, backwards, value, key } = cursor
  return signerOf(keys).signObject([table, orderBy, descending, backwards, value, key])
}

/** `null` for a text that is no cursor of ours for this table. */
export function parseCursor(text: string, table: string, keys: CursorKeys): Cursor | null {
  try {
    const fields = signerOf(keys).unsignObject(text)
    if (!Array.isArray(fields) || fields[0] !== table) return null
    const [, orderBy, descending, backwards, value, key] = fields as [
      string,
      string,
      boolean,
      boolean,
      CursorValue,
      CursorValue,
    ]
    return { orderBy, descending, backwards, value, key }
  } catch (error) {
    if (error instanceof BadSignature) return null
    throw error
  }
}
