/**
 * What the header of a part says of it, by Django's rules.
 */
import { isUtf8 } from 'node:buffer'
import { stripPython } from '../kit/index.ts'
import { cleanFileName } from './file-name.ts'
import { parseHeaderValue } from './header-parameters.ts'

/** The header of a part. */
export interface PartHeader {
  /** Of the field, without spaces around it; `null` when it has none, and the part means nothing. */
  readonly name: string | null
  /** True when it has a file name. A file input left empty has none: it is a field. */
  readonly isFile: boolean
  /** As `cleanFileName` leaves it; `null` when nothing is left, and the file means nothing. */
  readonly filename: string | null
  /** As the client says, in lower case, without parameters; empty when it says nothing. */
  readonly contentType: string
  /** The `charset` of the content type, as the client says. */
  readonly charset: string | null
  /** The content is written in base64, as mail does; what a handler gets is decoded. */
  readonly isBase64: boolean
  /** By lower-case name, as sent. */
  readonly fields: ReadonlyMap<string, string>
}

/** Reads the block. A line that is no field, not UTF-8, or in an unknown charset is as if it were not there. */
export function parsePartHeader(block: Buffer): PartHeader {
  const fields = fieldsOf(block)
  const disposition = read(fields, 'content-disposition')
  const type = read(fields, 'content-type')
  const rawFilename = disposition?.parameters.get('filename') ?? ''
  const name = disposition?.parameters.get('name')
  return {
    name: name === undefined ? null : stripPython(name),
    isFile: rawFilename !== '',
    filename: cleanFileName(rawFilename),
    contentType: type?.value ?? '',
    charset: type?.parameters.get('charset') ?? null,
    isBase64: read(fields, 'content-transfer-encoding')?.value === 'base64',
    fields,
  }
}

function fieldsOf(block: Buffer): Map<string, string> {
  const fields = new Map<string, string>()
  // Most blocks are UTF-8 as a whole; in one that is not, the other lines still count.
  const lines = isUtf8(block)
    ? block.toString('utf8').split('\r\n')
    : block
        .toString('latin1')
        .split('\r\n')
        .map(line => Buffer.from(line, 'latin1'))
        .map(line => (isUtf8(line) ? line.toString('utf8') : ''))
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const value = line.slice(colon + 1).trimStart()
    const name = line.slice(0, colon).trimEnd().toLowerCase()
    if (!parameterized.has(name) || parseHeaderValue(value) !== null) fields.set(name, value)
  }
  return fields
}

const parameterized: ReadonlySet<string> = new Set(['content-disposition', 'content-type'])

function read(fields: ReadonlyMap<string, string>, name: string): ReturnType<typeof parseHeaderValue> {
  const value = fields.get(name)
  return value === undefined ? null : parseHeaderValue(value)
}
