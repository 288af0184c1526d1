import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { catalogue } from './catalogue.ts'
import { drawPicture, subjects } from './pictures.ts'

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length

test('every product has its own sku, slug and name', () => {
  assert.ok(catalogue.length >= 24)
  assert.ok(unique(catalogue.map(product => product.sku)))
  assert.ok(unique(catalogue.map(product => product.slug)))
  assert.ok(unique(catalogue.map(product => product.name)))
})

for (const product of catalogue) {
  test(`${product.slug} can be addressed, bought and shown`, () => {
    assert.match(product.sku, /^[A-Z0-9]+(-[A-Z0-9]+)*$/)
    assert.match(product.slug, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    assert.ok(product.slug.length <= 50)
    assert.ok(Number.isSafeInteger(product.price) && product.price > 0)
    assert.ok(Number.isSafeInteger(product.stock) && product.stock >= 0)
    assert.ok(product.description.length >= 80 && product.description.length <= 400)
  })

  test(`the picture of ${product.slug} is a small, closed SVG that refers to nothing and runs nothing`, () => {
    const svg = drawPicture(product)
    assert.equal(svg, drawPicture({ picture: { ...product.picture } }), 'the same bytes each time')
    assert.ok(Buffer.byteLength(svg) < 6 * 1024)
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 400 400"/)
    assert.doesNotMatch(
      svg,
      /<script|<style|<image|<foreignObject|href|\son\w+=|@import|url\((?!#sky\))|undefined|NaN/i,
    )
    assertWellFormed(svg)
  })
}

test('no two pictures are the same, and every subject is drawn for somebody', () => {
  const digests = catalogue.map(product => createHash('md5').update(drawPicture(product)).digest('hex'))
  assert.ok(unique(digests))
  assert.deepEqual(catalogue.map(product => product.picture.subject).sort(), [...subjects].sort())
})

test('some things are sold out and some nearly', () => {
  assert.ok(catalogue.some(product => product.stock === 0))
  assert.ok(catalogue.some(product => product.stock > 0 && product.stock <= 3))
})

/** Every element is closed in order, every attribute is quoted, and there is nothing else. */
function assertWellFormed(svg: string): void {
  const open: string[] = []
  const rest = svg.replace(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z0-9-]+="[^"<&]*")*)(\/?)>/g,
    (_tag, end, name, _attributes, empty) => {
      if (end) assert.equal(open.pop(), name)
      else if (!empty) open.push(name)
      return ''
    },
  )
  assert.equal(rest.trim(), '')
  assert.deepEqual(open, [])
}
