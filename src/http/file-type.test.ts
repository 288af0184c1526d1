import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detectFileType } from './file-type.ts'

const typeOf = (content: string): string | null => detectFileType(Buffer.from(content, 'latin1'))

describe('detectFileType', () => {
  it('goes by the first bytes', () => {
    for (const [content, type] of [
      ['\x89PNG\r\n\x1a\n', 'image/png'],
      ['\xff\xd8\xff\xe0', 'image/jpeg'],
      ['GIF89a', 'image/gif'],
      ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
      ['RIFF\x10\0\0\0WAVEfmt ', 'audio/wav'],
      ['\0\0\0\x1cftypavif', 'image/avif'],
      ['\0\0\0\x18ftypheic', 'image/heic'],
      ['\0\0\0\x18ftypisom', 'video/mp4'],
      ['%PDF-1.7\n', 'application/pdf'],
      ['PK\x03\x04', 'application/zip'],
      ['\xff\xfb\x90\x44\0\0', 'audio/mpeg'],
      ['Guten Tag', 'text/plain'],
      ['\xc3\xa9', 'text/plain'],
      ['  <!DOCTYPE html><p>', 'text/html'],
      ['x <script>alert(1)</script>', 'text/html'],
      ['<?xml version="1.0"?><svg xmlns="x">', 'image/svg+xml'],
      ['<?xml version="1.0"?><cloud/>', 'application/xml'],
    ] as const)
      assert.equal(typeOf(content), type)
  })

  it('is null for what it cannot tell, and for nothing', () => {
    for (const content of ['', '\x89PN', '\0\x01\x02', '\xe9', 'MZ\x90\0\x03', '\0\0\0\x18ftypnope'])
      assert.equal(typeOf(content), null)
  })

  it('does not mind a character that the last byte cuts', () => {
    assert.equal(detectFileType(Buffer.from(`${'a'.repeat(1023)}é`)), 'text/plain')
  })
})
