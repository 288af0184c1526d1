import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addToCart,
  type CartData,
  CartQuantityError,
  cartView,
  countPieces,
  quantityOf,
  removeFromCart,
  setQuantity,
} from './cart.ts'

const products = [
  { sku: 'MUG', name: 'Mug', price: 1890 },
  { sku: 'TEA', name: 'Tea', price: 990 },
]

test('adding the same product twice makes one line', () => {
  assert.deepEqual(addToCart(addToCart({}, 'MUG', 2), 'MUG', 3), { MUG: 5 })
})

test('a cart that is changed stays as it was; the change is a new cart', () => {
  const cart: CartData = Object.freeze({ MUG: 1 })
  addToCart(cart, 'MUG', 1)
  setQuantity(cart, 'MUG', 5)
  removeFromCart(cart, 'MUG')
  assert.deepEqual(cart, { MUG: 1 })
})

test('1 to 99 pieces can be added at a time, and nothing else', () => {
  assert.equal(quantityOf(addToCart({}, 'MUG', 99), 'MUG'), 99)
  for (const quantity of [0, -1, 100, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => addToCart({}, 'MUG', quantity), CartQuantityError)
  }
})

test('a line holds at most 999 pieces', () => {
  assert.equal(quantityOf(addToCart({ MUG: 900 }, 'MUG', 99), 'MUG'), 999)
  assert.throws(() => addToCart({ MUG: 999 }, 'MUG', 1), CartQuantityError)
  assert.equal(quantityOf(setQuantity({ MUG: 1 }, 'MUG', 999), 'MUG'), 999)
  assert.throws(() => setQuantity({ MUG: 1 }, 'MUG', 1000), CartQuantityError)
  assert.throws(() => setQuantity({ MUG: 1 }, 'MUG', 0), CartQuantityError)
})

test('names of the prototype are ordinary SKUs', () => {
  for (const sku of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(quantityOf({}, sku), 0)
    const cart = addToCart(addToCart({ MUG: 1 }, sku, 1), sku, 2)
    assert.equal(quantityOf(cart, sku), 3)
    assert.equal(countPieces(cart), 4)
    assert.deepEqual(Object.keys(removeFromCart(cart, sku)), ['MUG'])
  }
  assert.equal(Object.getPrototypeOf(addToCart({}, '__proto__', 1)), Object.prototype)
})

test('removing what is not there changes nothing', () => {
  assert.deepEqual(removeFromCart({ MUG: 1 }, 'TEA'), { MUG: 1 })
})

test('the view has names, prices and totals in minor units', () => {
  assert.deepEqual(cartView({ TEA: 2, MUG: 1 }, products), {
    items: [
      { sku: 'TEA', name: 'Tea', quantity: 2, price: 990, total: 1980 },
      { sku: 'MUG', name: 'Mug', quantity: 1, price: 1890, total: 1890 },
    ],
    count: 3,
    total: 3870,
  })
})

test('a product that is no longer sold is neither shown nor counted', () => {
  assert.deepEqual(cartView({ GONE: 5 }, products), { items: [], count: 0, total: 0 })
})

test('count and total are the sums of the lines, whatever was done to the cart', () => {
  const step = fc.record({
    sku: fc.constantFrom('MUG', 'TEA'),
    quantity: fc.integer({ min: -5, max: 120 }),
    add: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), steps => {
      let cart: CartData = {}
      for (const { sku, quantity, add } of steps) {
        try {
          cart = add ? addToCart(cart, sku, quantity) : setQuantity(cart, sku, quantity)
        } catch (error) {
          assert.ok(error instanceof CartQuantityError)
        }
      }
      const view = cartView(cart, products)
      assert.equal(view.count, countPieces(cart))
      assert.equal(view.total, quantityOf(cart, 'MUG') * 1890 + quantityOf(cart, 'TEA') * 990)
      assert.ok(view.items.every(item => item.quantity >= 1 && item.quantity <= 999))
    }),
  )
})
