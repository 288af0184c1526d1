/** CWE-172, CWE-409: charsets and encodings that hide what a form says from whoever looked at it before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openApp } from '../uploads/open-app.ts'
import { multipart, rawFile, rawForm, rawPart, type SeenForm, seenBy, showForm, utf8 } from '../uploads/raw-form.ts'

const field = 'Content-Disposition: form-data; name="a"'

describe('the charset of a form', () => {
  it('is UTF-8, whatever it is said to be', async t => {
    const { app } = await openApp(t, showForm)
    for (const charset of ['utf-16', 'utf-7', 'latin1', 'ibm037', 'x-user-defined', '']) {
      const type = `${multipart}; charset=${charset || '""'}`
      assert.deepEqual(await seenBy(app, rawForm(rawPart(field)), { 'content-type': type }), [
        400,
        'http/bad-form-encoding',
      ])
    }
    const form = rawForm(
      rawPart('Content-Disposition: form-data; name="_charset_"', 'utf-7'),
      rawPart(`${field}\r\nContent-Type: text/plain; charset=utf-7`, '+ADw-script+AD4-'),
      rawPart(`${field}\r\nContent-Type: text/plain; charset=utf-16le`, '<\0'),
      rawPart(field, '=?utf-8?b?PHNjcmlwdD4=?='),
    )
    assert.deepEqual((await seenBy(app, form)) as SeenForm, {
      fields: [
        ['_charset_', ['utf-7']],
        ['a', ['+ADw-script+AD4-', '<\0', '=?utf-8?b?PHNjcmlwdD4=?=']],
      ],
      files: [],
    })
  })

  it('takes bytes that are no UTF-8 for no character, and none twice', async t => {
    const { app } = await openApp(t, showForm)
    const overlong = '\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xff'
    const seen = (await seenBy(
      app,
      rawForm(rawPart(field, `${overlong}x`), rawPart(field, `${utf8('é')}\xef\xbb\xbf`)),
    )) as SeenForm
    const [[, [first = '', second] = []] = []] = seen.fields
    assert.match(first, /^\ufffd+x$/)
    assert.doesNotMatch(first, /\//)
    assert.equal(second, 'é\ufeff')
  })

  it('of a name is known, or there is no name', async t => {
    const { app } = await openApp(t, showForm)
    const seen = (await seenBy(
      app,
      rawForm(
        rawFile("filename*=utf-7''+AC4ALg-/x"),
        rawFile("filename*=utf-16''%2e%00"),
        rawPart("Content-Disposition: form-data; name*=ibm037''%81"),
        rawPart('Content-Disposition: form-data; name="\xff\xfe"'),
        rawPart("Content-Disposition: form-data; name*=latin1''%e9"),
      ),
    )) as SeenForm
    assert.deepEqual(seen, { fields: [['é', ['x']]], files: [] })
  })
})

describe('a transfer encoding', () => {
  it('is base64 or none', async t => {
    const { app } = await openApp(t, showForm)
    for (const encoding of ['quoted-printable', '7bit', 'binary', 'x-uuencode', 'gzip', 'base64, gzip']) {
      const seen = await seenBy(
        app,
        rawForm(rawFile('filename="a"', '=3Cx=3E', `Content-Transfer-Encoding: ${encoding}`)),
      )
      assert.deepEqual((seen as SeenForm).files, [['file', 'a', '', '=3Cx=3E']], encoding)
    }
  })

  it('counts against the limits as it is sent and as it is decoded', async t => {
    const { app } = await openApp(t, showForm, {
      settings: { FILE_UPLOAD_MAX_SIZE: 9, DATA_UPLOAD_MAX_MEMORY_SIZE: 20 },
    })
    const file = (bytes: number): Buffer =>
      rawForm(rawFile('filename="a"', Buffer.alloc(bytes).toString('base64'), 'Content-Transfer-Encoding: base64'))
    assert.equal(((await seenBy(app, file(9))) as SeenForm).files[0]?.[3].length, 9)
    assert.deepEqual(await seenBy(app, file(10)), [413, 'http/file-too-large'])
    const text = rawPart(`${field}\r\nContent-Transfer-Encoding: base64`, 'QUFB'.repeat(5))
    assert.deepEqual(await seenBy(app, rawForm(text)), [413, 'http/fields-too-large'])
  })

  it('that lies refuses the form, and leaves nothing', async t => {
    const opened = await openApp(t, showForm, { settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: 10 } })
    const more = 'Content-Transfer-Encoding: base64'
    const seen = await seenBy(opened.app, rawForm(rawFile('filename="a"', `${'QUFB'.repeat(100)}Q`, more)))
    assert.deepEqual(seen, [400, 'http/malformed-multipart'])
    assert.deepEqual(await opened.leftFiles(), [])
  })
})

describe('a compressed form', () => {
  it('is refused, not inflated', async t => {
    const { app } = await openApp(t, showForm)
    const bomb = gzipSync(rawForm(rawFile('filename="a"', '\0'.repeat(1_000_000))))
    for (const encoding of [
      'gzip',
      'GZIP',
      'deflate',
      'br',
      'zstd',
      'x-gzip',
      'identity, gzip',
      'gzip, identity',
      'evil',
    ])
      assert.deepEqual(
        await seenBy(app, bomb, { 'content-encoding': encoding }),
        [415, 'http/unsupported-media-type'],
        encoding,
      )
    assert.equal(
      ((await seenBy(app, rawForm(rawPart(field)), { 'content-encoding': 'identity' })) as SeenForm).fields.length,
      1,
    )
  })

  it('in a part is content', async t => {
    const { app } = await openApp(t, showForm)
    const content = gzipSync('x'.repeat(1000)).toString('latin1')
    const seen = (await seenBy(app, rawForm(rawFile('filename="a.gz"', content, 'Content-Encoding: gzip')))) as SeenForm
    assert.equal(seen.files[0]?.[3], content)
  })
})
