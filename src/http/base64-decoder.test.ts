import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Base64Decoder } from './base64-decoder.ts'
import { MalformedMultipart } from './errors.ts'

/** What comes of a text in these pieces; `null`: it is refused. */
function decoded(pieces: readonly string[]): string | null {
  const decoder = new Base64Decoder()
  try {
    const bytes = pieces.map(piece => decoder.decode(Buffer.from(piece, 'latin1')))
    decoder.finish()
    return Buffer.concat(bytes).toString('latin1')
  } catch (error) {
    assert(error instanceof MalformedMultipart)
    return null
  }
}

it('reads base64 the same however it is cut', () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'b', '/', '=', '=', '\r\n', '-'), maxLength: 24 })
  fc.assert(
    fc.property(text, text, text, (...pieces) => assert.equal(decoded(pieces), decoded([pieces.join('')]))),
    { numRuns: 20_000 },
  )
})

it('refuses data after the padding, also behind a chunk that holds none', () => {
  assert.equal(decoded(['aGVsbG8=', '\r\n']), 'hello')
  assert.equal(decoded(['aGVsbG8=', '\r\n-', 'aGVs']), null)
  assert.equal(decoded(['aGVsbG8', 'AAA', '===']), null)
})
