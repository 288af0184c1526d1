import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BoundedMap } from './index.ts'

describe('BoundedMap', () => {
  it('never holds more than it may', () => {
    for (const maxEntries of [2, 3, 10]) {
      const map = new BoundedMap<number, number>(maxEntries)
      for (let key = 0; key < 100; key++) {
        map.set(key, key).get(key - (key % 3))
        assert(map.size <= maxEntries)
        assert.equal(map.get(key), key)
      }
    }
  })

  it('keeps what is used and drops what is not', () => {
    const map = new BoundedMap<string, number>(10).set('used', 1).set('unused', 2)
    for (let key = 0; key < 100; key++) {
      map.set(`other-${key}`, key)
      assert.equal(map.get('used'), 1)
    }
    assert.equal(map.get('unused'), undefined)
  })

  it('replaces, deletes and clears, in either generation', () => {
    const map = new BoundedMap<string, number>(4).set('a', 1).set('b', 2).set('c', 3)
    map.set('a', 4)
    assert.equal(map.get('a'), 4)
    assert.equal(map.size, 3)
    assert(map.delete('b'))
    assert(!map.delete('b'))
    assert.equal(map.get('b'), undefined)
    map.clear()
    assert.equal(map.size, 0)
    assert.equal(map.get('a'), undefined)
  })

  it('refuses a size that bounds nothing', () => {
    for (const size of [0, 1, 2.5, Number.NaN, Infinity]) assert.throws(() => new BoundedMap(size), RangeError)
  })
})
