/**
 * A JSON object as the raw texts of its fields, so that what nobody changes keeps its bytes.
 */
import { parseJson } from './json-parser.ts'
import { stringEnd } from './json-scan.ts'
import { quoteJson } from './json-writer.ts'

/**
 * Top-level keys to the texts of their values, byte for byte, without the white space around them.
 * The last of equal keys wins.
 *
 * `null` when the text is not an object, or not JSON as `parseJson` reads it: the whole text is checked first,
 * so that every value in the map can be parsed and joined again.
 */
export function splitJsonObject(text: string): Map<string, string> | null {
  return isJsonObject(text) ? splitFields(text) : null
}

/** The JSON object with these keys and texts of values, compact, in their order. The texts are taken as they are. */
export function joinJsonObject(entries: Iterable<readonly [string, string]>): string {
  let fields = ''
  for (const [key, text] of entries) fields += `${fields === '' ? '' : ','}${quoteJson(key)}:${text}`
  return `{${fields}}`
}

function isJsonObject(text: string): boolean {
  try {
    const value = parseJson(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** One pass over a valid text: between two fields there is nothing but white space and a comma. */
function splitFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  let keyStart = text.indexOf('"')
  while (keyStart >= 0) {
    const keyEnd = stringEnd(text, keyStart)
    const start = text.indexOf(':', keyEnd) + 1
    const end = valueEnd(text, start)
    const key = text.slice(keyStart + 1, keyEnd)
    fields.set(key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key, text.slice(start, end).trim())
    keyStart = text.indexOf('"', end)
  }
  return fields
}

/** Index of the comma or bracket after the value that starts at `start`: strings are jumped over, brackets counted. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  let index = start
  for (;;) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = stringEnd(text, index)
    else if (code === 0x5b || code === 0x7b) depth++
    else if (depth === 0 && (code === 0x2c || code === 0x7d)) return index
    else if (code === 0x5d || code === 0x7d) depth--
    index++
  }
}
