import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elementsOf, elementText, escapeXml, unescapeXml } from './s3-xml.ts'

describe('the XML of S3', () => {
  it('puts nothing in the place of an entity but the character that XML names so', () => {
    const declared = '<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY two "&one;&one;">]>'
    const xml = `<?xml version="1.0"?>${declared}<Error><Code>&file;&two;&amp;lt;&#65;&#x42;</Code></Error>`
    assert.equal(elementText(xml, 'Code'), '&file;&two;&lt;AB')
    for (const text of ['&#x110000;', '&constructor;', '&__proto__;', '&', '&;']) assert.equal(unescapeXml(text), text)
  })

  it('has an element where the server wrote one, and none in a text', () => {
    assert.equal(elementText('<A>1</A>', 'B'), null)
    assert.equal(elementText('<Key>&lt;Code&gt;x&lt;/Code&gt;</Key>', 'Code'), null)
    assert.deepEqual(elementsOf('<C><K>a</K></C><C><K>b</K></C>', 'C'), ['<K>a</K>', '<K>b</K>'])
  })

  it('escapes what reads back as the same text', () => {
    const text = `<a href="&amp;">it's &lt;b></a>`
    assert.doesNotMatch(escapeXml(text), /[<>"]/)
    assert.equal(unescapeXml(escapeXml(text)), text)
  })
})
