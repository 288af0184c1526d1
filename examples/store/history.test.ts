import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addToHistory, historyCookie, parseHistory, serializeHistory } from './history.ts'

const slug = fc.stringMatching(/^[-a-zA-Z0-9_]{1,300}$/)

test('the newest comes first, and nothing comes twice', () => {
  const seen = ['mug', 'lamp', 'mug', 'kite'].reduce<string[]>(addToHistory, [])
  assert.deepEqual(seen, ['kite', 'mug', 'lamp'])
})

test('ten are remembered, the oldest is forgotten', () => {
  const seen = Array.from({ length: 12 }, (_, index) => `p${index}`).reduce<string[]>(addToHistory, [])
  assert.equal(seen.length, 10)
  assert.equal(seen[0], 'p11')
  assert.equal(seen[9], 'p2')
})

test('name and text never pass 1 KiB, and the newest is what stays', () => {
  const seen = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(300)).reduce<string[]>(addToHistory, [])
  assert.deepEqual(seen, ['9'.repeat(300), '8'.repeat(300), '7'.repeat(300)])
  fc.assert(
    fc.property(fc.array(slug, { maxLength: 20 }), slugs => {
      const text = serializeHistory(slugs.reduce<string[]>(addToHistory, []))
      assert.ok(`${historyCookie}=${text}`.length <= 1024)
      assert.match(text, /^[-a-zA-Z0-9_.]*$/, 'needs no quoting in a cookie')
    }),
  )
})

test('what was written is what is read', () => {
  fc.assert(
    fc.property(fc.array(slug, { maxLength: 20 }), slugs => {
      const history = slugs.reduce<string[]>(addToHistory, [])
      assert.deepEqual(parseHistory(serializeHistory(history)), history)
    }),
  )
})

test('a slug that cannot be kept leaves the history as it was', () => {
  for (const bad of ['', 'a.b', 'a b', 'ä', 'a;b', 'a\r\nSet-Cookie: x=1', 'x'.repeat(1025)]) {
    assert.deepEqual(addToHistory(['mug'], bad), ['mug'])
  }
})

test('hostile text gives at most ten slugs and never throws', () => {
  assert.deepEqual(parseHistory(undefined), [])
  assert.deepEqual(parseHistory(''), [])
  assert.deepEqual(parseHistory('....mug..lamp.mug.'), ['mug', 'lamp'])
  assert.deepEqual(parseHistory('mug.<script>.la mp.\0.%2e.lamp'), ['mug', 'lamp'])
  assert.deepEqual(parseHistory('a.'.repeat(100_000)), [])
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), text => {
      const slugs = parseHistory(text)
      assert.ok(slugs.length <= 10)
      assert.ok(slugs.every(one => /^[-a-zA-Z0-9_]+$/.test(one)))
    }),
  )
})
