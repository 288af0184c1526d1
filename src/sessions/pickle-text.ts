/** Text as pickles hold it: UTF-8 that Python lets halves of surrogate pairs through, or latin-1 with escapes. */
import { PickleDamaged, PickleRefused } from './errors.ts'

const replacement = /\ufffd/

/** UTF-8 with halves of surrogate pairs let through, as Python pickles them. */
export function pythonText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return replacement.test(text) ? surrogateText(bytes) : text
}

function surrogateText(bytes: Buffer): string {
  let text = ''
  let start = 0
  const flush = (end: number): void => {
    try {
      text += strict.decode(bytes.subarray(start, end))
    } catch (cause) {
      throw new PickleDamaged('A text is not UTF-8.', { cause })
    }
  }
  for (let index = 0; index + 2 < bytes.length; index++) {
    const [lead, second, third] = [bytes[index], bytes[index + 1], bytes[index + 2]] as [number, number, number]
    if (lead !== 0xed || second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
    flush(index)
    const unit = 0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)
    const isLow = unit >= 0xdc00
    const last = text.charCodeAt(text.length - 1)
    // Two halves in a row are two characters to Python; here they would become one.
    if (isLow && last >= 0xd800 && last <= 0xdbff)
      throw new PickleRefused('a text with both halves of a surrogate pair')
    text += String.fromCharCode(unit)
    index += 2
    start = index + 1
  }
  flush(bytes.length)
  return text
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** From the first backslash of a row on: from each of them, a long row would take its length squared. */
const rawEscape = /(?<!\\)(\\+)(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g

/** Protocol 0: latin-1, with `\uXXXX` and `\UXXXXXXXX` after an odd number of backslashes. */
export function rawUnicode(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  return text.replace(rawEscape, (whole, slashes: string, sequence: string) => {
    if (slashes.length % 2 === 0) return whole
    const point = Number.parseInt(sequence.slice(1), 16)
    if (point > 0x10ffff) throw new PickleDamaged('A text names a character that does not exist.')
    return slashes.slice(1) + String.fromCodePoint(point)
  })
}
