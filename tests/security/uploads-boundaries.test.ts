/** CWE-444, CWE-436: boundaries that a proxy, a scanner and this server could read in different ways. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openApp } from '../uploads/open-app.ts'
import { rawFile, rawForm, rawPart, type SeenForm, seenBy, showForm } from '../uploads/raw-form.ts'

const field = 'Content-Disposition: form-data; name="a"'
const refused = [400, 'http/malformed-multipart']
const one = { fields: [['a', ['x']]], files: [] }

/** One field, between these delimiters. */
const bounded = (boundary: string): Buffer =>
  Buffer.from(`--${boundary}\r\n${field}\r\n\r\nx\r\n--${boundary}--\r\n`, 'latin1')

describe('a boundary', () => {
  it('is there, once, printable, and not longer than Django lets it be', async t => {
    const { app } = await openApp(t, showForm)
    for (const [type, boundary, expected] of [
      ['multipart/form-data', 'cut', refused],
      ['multipart/form-data; boundary', 'cut', refused],
      ['multipart/form-data; boundary=', '', refused],
      ['multipart/form-data; boundary=""', '', refused],
      ['multipart/form-data; boundary=cut; boundary=other', 'cut', refused],
      ['multipart/form-data; boundary=cut; boundary=other', 'other', refused],
      ['multipart/form-data; boundary=cut;BOUNDARY=cut', 'cut', refused],
      ['multipart/form-data; boundary=cut, multipart/form-data; boundary=other', 'cut', refused],
      [`multipart/form-data; boundary=${'b'.repeat(202)}`, 'b'.repeat(202), refused],
      ['multipart/form-data; boundary="cut "', 'cut ', refused],
      ['multipart/form-data; boundary=c\u00fct', 'c\u00fct', refused],
      ['multipart/form-data; boundary=cut', 'cut', one],
      ['multipart/form-data; boundary="cut"', 'cut', one],
      ['multipart/form-data; boundary="c;u=t, \'"', "c;u=t, '", one],
      ['multipart/form-data; boundary="c u t"', 'c u t', one],
      [`multipart/form-data; boundary=${'b'.repeat(70)}`, 'b'.repeat(70), one],
      [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'b'.repeat(71), one],
      [`multipart/form-data; boundary=${'b'.repeat(201)}`, 'b'.repeat(201), one],
      ['MULTIPART/Form-Data; Boundary=cut', 'cut', one],
      ['multipart/mixed; boundary=cut', 'cut', { fields: [], files: [] }],
    ] as const)
      assert.deepEqual(await seenBy(app, bounded(boundary), { 'content-type': type }), expected, type)
  })

  it('that begins another is not taken for it, and the line after one is empty', async t => {
    const { app } = await openApp(t, showForm)
    const form = (between: string): Buffer =>
      Buffer.from(`--cut\r\n${field}\r\n\r\nx${between}${field}\r\n\r\ny\r\n--cut--\r\n`, 'latin1')
    for (const between of [
      '\r\n--cutter\r\n',
      '\r\n--cut-\r\n',
      '\r\n--cut;\r\n',
      '\r\n--cut\n',
      '\r\n--cut\r',
      '\r\n--cut\0\r\n',
      '\r\n--cut\r\n--cut\r\n',
    ])
      assert.deepEqual(await seenBy(app, form(between)), refused, JSON.stringify(between))
    // Without its line break, or with another one, it is content.
    for (const between of [
      '--cut\r\n',
      '\n--cut\r\n',
      '\r--cut\r\n',
      '\r\n-cut\r\n',
      '\r\n--CUT\r\n',
      '\r\n --cut\r\n',
    ]) {
      const seen = (await seenBy(app, form(between))) as SeenForm
      assert.deepEqual(seen.fields, [['a', [`x${between}${field}\r\n\r\ny`]]], JSON.stringify(between))
    }
  })

  it('before which something stands is the first all the same; after the last one nothing counts', async t => {
    const { app } = await openApp(t, showForm)
    const hidden = rawPart('Content-Disposition: form-data; name="hidden"')
    const form = rawForm(rawPart(field)).toString('latin1')
    for (const [before, after] of [
      ['preamble\r\n', ''],
      ['\r\n', ''],
      ['', hidden],
      ['', `\r\n${form}`],
    ])
      assert.deepEqual(await seenBy(app, Buffer.from(`${before}${form}${after}`, 'latin1')), one)
  })

  it('that never comes, or a last one that never comes, makes no form', async t => {
    const { app } = await openApp(t, showForm)
    for (const body of [
      '',
      'x',
      '--cut',
      '--cut\r\n',
      `--cut\r\n${field}`,
      `--cut\r\n${field}\r\n\r\nx`,
      rawPart(field),
    ]) {
      const seen = await seenBy(app, Buffer.from(body))
      assert.deepEqual(seen, refused, JSON.stringify(body))
    }
  })
})

describe('a multipart form within a part', () => {
  it('is content: its parts are not those of the form', async t => {
    const { app } = await openApp(t, showForm)
    const inner = '--in\r\nContent-Disposition: attachment; filename="evil.txt"\r\n\r\nx\r\n--in--'
    const more = 'Content-Type: multipart/mixed; boundary=in'
    const seen = (await seenBy(
      app,
      rawForm(rawFile('filename="a"', inner, more), rawPart(`${field}\r\n${more}`, inner)),
    )) as SeenForm
    assert.deepEqual(seen, { fields: [['a', [inner]]], files: [['file', 'a', 'multipart/mixed', inner]] })
  })

  it('with the same boundary ends the outer part, or is refused where that could be read in two ways', async t => {
    const { app } = await openApp(t, showForm)
    const outer = (before: string): Buffer =>
      rawForm(rawFile('filename="a"', `${before}${rawPart(field)}`, 'Content-Type: multipart/mixed; boundary=cut'))
    assert.deepEqual(await seenBy(app, outer('in\r\n')), {
      fields: [['a', ['x\r\n']]],
      files: [['file', 'a', 'multipart/mixed', 'in']],
    })
    assert.deepEqual(await seenBy(app, outer('')), refused)
  })
})
