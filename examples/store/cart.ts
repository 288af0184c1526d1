/**
 * The arithmetic of a cart.
 *
 * Owns what a cart may hold and what it costs. Leaves keeping it to the session, prices to the database.
 * Every function returns a new cart, so that `session.update` may run it again on fresh data.
 */
import type { Product } from './catalogue.ts'
import { english } from './texts.ts'

/** Pieces by SKU. A `type`, as the session holds JSON. */
export type CartData = { readonly [sku: string]: number }

/** Most pieces that one request may add. */
export const maxAtATime = 99
/** Most pieces of one product in a cart. */
export const maxInLine = 999

/** A quantity outside its limits. The message is for the visitor; the cart is unchanged. */
export class CartQuantityError extends Error {
  override readonly name: string = 'CartQuantityError'
  readonly field = 'quantity'
}

/** @throws {CartQuantityError} when `quantity` is not 1 to 99, or the line would grow past 999. */
export function addToCart(cart: CartData, sku: string, quantity: number): CartData {
  requireQuantity(quantity, maxAtATime)
  const sum = quantityOf(cart, sku) + quantity
  if (sum > maxInLine)
    throw new CartQuantityError(english('A cart holds at most {most} pieces of one product.', { most: maxInLine }))
  return { ...cart, [sku]: sum }
}

/** @throws {CartQuantityError} when `quantity` is not 1 to 999. */
export function setQuantity(cart: CartData, sku: string, quantity: number): CartData {
  requireQuantity(quantity, maxInLine)
  return { ...cart, [sku]: quantity }
}

/** Removing what is not there is no error. */
export function removeFromCart(cart: CartData, sku: string): CartData {
  return Object.fromEntries(Object.entries(cart).filter(([other]) => other !== sku))
}

/** Pieces of one product; 0 when the cart has none, whatever the SKU is called (`constructor`, `__proto__`). */
export function quantityOf(cart: CartData, sku: string): number {
  return Object.hasOwn(cart, sku) ? (cart[sku] ?? 0) : 0
}

/** Pieces in all, without asking the database what they are. */
export function countPieces(cart: CartData): number {
  return Object.values(cart).reduce((sum, quantity) => sum + quantity, 0)
}

/** One line of a cart. Money in minor units. */
export interface CartItem {
  readonly sku: string
  readonly name: string
  readonly quantity: number
  readonly price: number
  readonly total: number
}

export interface CartSummary {
  readonly items: readonly CartItem[]
  /** Pieces, not lines. */
  readonly count: number
  readonly total: number
}

/** The cart with names and prices, in the order of `cart`. A product that is no longer sold is left out, and not counted. */
export function cartView(cart: CartData, products: Iterable<Pick<Product, 'sku' | 'name' | 'price'>>): CartSummary {
  const bySku = new Map<string, Pick<Product, 'sku' | 'name' | 'price'>>()
  for (const product of products) bySku.set(product.sku, product)
  const items: CartItem[] = []
  for (const [sku, quantity] of Object.entries(cart)) {
    const product = bySku.get(sku)
    if (product === undefined) continue
    const { name, price } = product
    items.push({ sku, name, quantity, price, total: price * quantity })
  }
  return {
    items,
    count: items.reduce((sum, item) => sum + item.quantity, 0),
    total: items.reduce((sum, item) => sum + item.total, 0),
  }
}

function requireQuantity(quantity: number, most: number): void {
  if (Number.isInteger(quantity) && quantity >= 1 && quantity <= most) return
  throw new CartQuantityError(english('The quantity must be a whole number from 1 to {most}.', { most }))
}
