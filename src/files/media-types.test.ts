import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileTypes } from '../http/index.ts'
import { mediaTypeOf, withExtensionOf } from './media-types.ts'

describe('the type of a stored file', () => {
  it('is on a short list, and shown only where a browser runs nothing', () => {
    assert.deepEqual(mediaTypeOf('a/b.PNG'), { type: 'image/png', isShown: true })
    assert.deepEqual(mediaTypeOf('a.tar.gz'), { type: 'application/gzip', isShown: false })
    assert.deepEqual(mediaTypeOf('a.svg'), { type: 'image/svg+xml', isShown: false })
    const bytes = { type: 'application/octet-stream', isShown: false }
    for (const name of [
      'a',
      'a.',
      'a.html',
      'a.htm',
      'a.xhtml',
      'a.xml',
      'a.js',
      'a.css',
      'a.png.html',
      'a.swf',
      'b.png/a',
      '.png',
      'd/.png',
      'a.__proto__',
      'a.constructor',
      'a.ph\u212a',
    ])
      assert.deepEqual(mediaTypeOf(name), bytes, name)
  })

  it('decides the extension of an image, whatever it was called', () => {
    assert.equal(withExtensionOf('photo', 'image/png'), 'photo.png')
    assert.equal(withExtensionOf('photo.html', 'image/png'), 'photo.png')
    assert.equal(withExtensionOf('photo.JPEG', 'image/jpeg'), 'photo.JPEG')
    assert.equal(withExtensionOf('.htaccess', 'image/gif'), '.htaccess.gif')
    assert.equal(withExtensionOf('notes.md', 'text/plain'), 'notes.md')
    assert.equal(withExtensionOf('report.docx', 'application/zip'), 'report.docx')
    assert.equal(withExtensionOf('page.html', 'text/html'), 'page.html')
    for (const type of fileTypes)
      if (type.startsWith('image/')) assert.equal(mediaTypeOf(withExtensionOf('a', type)).type, type)
  })
})
