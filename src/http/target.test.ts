import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodePath, splitTarget } from './target.ts'

describe('a request target', () => {
  it('is split into path and query', () => {
    assert.deepEqual(splitTarget('/a/b?x=1?y'), { rawPath: '/a/b', query: 'x=1?y', authority: null })
    assert.deepEqual(splitTarget('/a#b?c'), { rawPath: '/a', query: '', authority: null })
    assert.deepEqual(splitTarget('//evil.example/'), { rawPath: '//evil.example/', query: '', authority: null })
    assert.deepEqual(splitTarget('*'), { rawPath: '/*', query: '', authority: null })
    assert.equal(splitTarget('*.evil.example?x').rawPath, '/*.evil.example')
  })

  it('names the host in absolute form, which counts more than the Host field', () => {
    assert.deepEqual(splitTarget('http://a.example:80/x?y'), { rawPath: '/x', query: 'y', authority: 'a.example:80' })
    assert.deepEqual(splitTarget('HTTP://a.example'), { rawPath: '/', query: '', authority: 'a.example' })
  })
})

describe('a path', () => {
  it('is decoded as UTF-8, once', () => {
    assert.equal(decodePath('/caf%C3%A9/%2e%2E/a%2Fb/%2541'), '/café/../a/b/%41')
    assert.equal(decodePath('/caf\xc3\xa9'), '/café')
    assert.equal(decodePath('/%F0%9F%98%80'), '/😀')
  })

  it('keeps escapes that are none, and bytes that are not UTF-8', () => {
    assert.equal(decodePath('/100%/%zz/%4'), '/100%/%zz/%4')
    assert.equal(decodePath('/%FF%C3%28%ed%a0%80'), '/%FF%C3(%ED%A0%80')
  })

  it('never throws, whatever the bytes', () => {
    for (let round = 0; round < 2000; round += 1) {
      const text = Array.from({ length: 20 }, () => String.fromCharCode(Math.floor(Math.random() * 256))).join('')
      assert.equal(typeof decodePath(`/%${text}%`), 'string')
    }
  })
})
