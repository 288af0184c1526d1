import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { negotiate, parseMediaType, prefersHtml } from './media-type.ts'

describe('parseMediaType', () => {
  it('reads type and parameters, names in lower case', () => {
    const { type, parameters } = parseMediaType('Text/HTML; Charset=UTF-8; a="b;\\"c"; empty=; flag; =x')
    assert.equal(type, 'text/html')
    assert.deepEqual(
      [...parameters],
      [
        ['charset', 'UTF-8'],
        ['a', 'b;"c'],
        ['empty', ''],
      ],
    )
  })

  it('keeps the first of two parameters of one name', () => {
    assert.equal(parseMediaType('multipart/form-data; boundary=a; boundary=b').parameters.get('boundary'), 'a')
  })

  it('makes the best of what makes no sense', () => {
    assert.deepEqual(parseMediaType(''), { type: '', parameters: new Map() })
    assert.equal(parseMediaType(' application/json ;').type, 'application/json')
    assert.deepEqual([...parseMediaType('a/b; c="unfinished').parameters], [['c', '"unfinished']])
    assert.equal(parseMediaType(`a/b${';'.repeat(100_000)}`).parameters.size, 0)
  })
})

describe('negotiate', () => {
  const offered = ['application/json', 'text/html']

  it('takes the first offer when the client has no wish', () => {
    for (const accept of [null, '', ' ', '*/*', 'text/html, application/json', 'image/png, */*;q=0.1'])
      assert.equal(negotiate(accept, offered), 'application/json')
  })

  it('weighs by q, and the most exact range decides', () => {
    assert.equal(negotiate('application/json;q=0.5, text/html', offered), 'text/html')
    assert.equal(negotiate('text/*, application/json;q=0.9', offered), 'text/html')
    assert.equal(negotiate('*/*, application/json;q=0', offered), 'text/html')
    assert.equal(negotiate('TEXT/HTML;level=1;q=0.3', offered), 'text/html')
  })

  it('takes none that the client refuses', () => {
    assert.equal(negotiate('image/png', offered), null)
    assert.equal(negotiate('application/json;q=0', offered), null)
    assert.equal(negotiate('application/json;q=abc', offered), null)
    assert.equal(negotiate('*/*', []), null)
  })
})

describe('prefersHtml', () => {
  it('knows browsers', () => {
    for (const accept of [
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      'text/html',
      'application/xhtml+xml, application/json',
    ])
      assert.ok(prefersHtml(accept), accept)
  })

  it('knows programs', () => {
    for (const accept of [
      null,
      '',
      '*/*',
      'text/*',
      'application/json, text/plain, */*',
      'application/json, text/html;q=0.9',
      'application/problem+json, text/html;q=0.5',
      'text/html;q=0',
      'text/html;q=0.5, */*',
    ])
      assert.equal(prefersHtml(accept), false, String(accept))
  })
})
