import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ResponseHeaders } from '../http/index.ts'
import { contentDisposition } from './content-disposition.ts'

describe('Content-Disposition', () => {
  it('names a file as RFC 6266 and 8187 write it', () => {
    const values: readonly [string, string][] = [
      ['a b.png', 'inline; filename="a b.png"'],
      ['été.png', `inline; filename="_t_.png"; filename*=UTF-8''%C3%A9t%C3%A9.png`],
      ['雲(1)*\'".png', `inline; filename="_(1)*'_.png"; filename*=UTF-8''%E9%9B%B2%281%29%2A%27%22.png`],
      ['50%.txt', `inline; filename="50_.txt"; filename*=UTF-8''50%25.txt`],
      ['🎉', `inline; filename="_"; filename*=UTF-8''%F0%9F%8E%89`],
    ]
    for (const [filename, value] of values) assert.equal(contentDisposition('inline', filename), value)
  })

  it('lets no name break out of its field, lead to a folder, or look like another one', () => {
    const hostile = [
      'a"; filename="b.exe',
      'a\r\nSet-Cookie: a=b',
      'a\\".png',
      '../../etc/passwd',
      'C:\\Windows\\a.exe',
      'a\0.png',
      '\ud800.png',
      'con\u202egnp.exe',
      '',
      '..',
      ' ',
      '\u2028',
      '&quot;&#10;x',
      'x'.repeat(100_000),
    ]
    for (const filename of hostile) {
      const value = contentDisposition('attachment', filename)
      new ResponseHeaders([['Content-Disposition', value]])
      const [, plain, rest, extended] =
        /^attachment; filename="([^"\\%]*)"(; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+))?$/.exec(value) ?? []
      assert.ok(plain, JSON.stringify([filename, value]))
      const name = rest === undefined ? plain : decodeURIComponent(extended as string)
      assert.doesNotMatch(name, /[/\\\p{C}]/u)
      assert.ok(name.length <= 255)
    }
  })
})
