/**
 * The cart in the session. Every change goes through `session.update`, so that two tabs lose nothing.
 */
import { type HttpRequest, ValidationError } from 'nuages'
import { addToCart, type CartData, CartQuantityError, quantityOf, removeFromCart, setQuantity } from './cart.ts'
import { productsBySkus, type StoredProduct } from './products.ts'
import { english } from './texts.ts'

declare module 'nuages/sessions' {
  interface SessionData {
    cart: CartData
  }
}

/** The visitor's cart as it is stored. */
export async function cartOf(request: HttpRequest): Promise<CartData> {
  return (await request.session).get('cart') ?? {}
}

/** The products a cart holds; those no longer sold are missing. */
export function productsOf(request: HttpRequest, cart: CartData): Promise<StoredProduct[]> {
  return productsBySkus(request.app, Object.keys(cart))
}

/** @throws {ValidationError} with status 422 for an SKU that we do not sell. */
async function requireProduct(request: HttpRequest, sku: string): Promise<void> {
  const known = sku.length <= 32 && !sku.includes('\0') && (await productsBySkus(request.app, [sku])).length === 1
  if (!known) throw new ValidationError({ sku: [english('We do not sell that.')] })
}

/** Changes the cart; a quantity it cannot take is a `ValidationError`, also when another tab filled the line meanwhile. */
async function update(request: HttpRequest, change: (cart: CartData) => CartData): Promise<CartData> {
  const session = await request.session
  try {
    return await session.update('cart', (cart = {}) => change(cart))
  } catch (error) {
    if (error instanceof CartQuantityError) throw new ValidationError({ [error.field]: [error.message] })
    throw error
  }
}

/** Adds 1 to 99 pieces. */
export async function addLine(request: HttpRequest, sku: string, quantity: number): Promise<CartData> {
  await requireProduct(request, sku)
  return update(request, cart => addToCart(cart, sku, quantity))
}

/** Sets a line that is in the cart to 1 to 999 pieces. */
export function changeLine(request: HttpRequest, sku: string, quantity: number): Promise<CartData> {
  return update(request, cart => {
    if (quantityOf(cart, sku) === 0) throw new ValidationError({ sku: [english('That is not in your cart.')] })
    return setQuantity(cart, sku, quantity)
  })
}

/** Removing what is not there is no error, and makes no session. */
export async function removeLine(request: HttpRequest, sku: string): Promise<CartData> {
  const cart = await cartOf(request)
  return quantityOf(cart, sku) === 0 ? cart : update(request, present => removeFromCart(present, sku))
}

export async function clearCart(request: HttpRequest): Promise<CartData> {
  return Object.keys(await cartOf(request)).length === 0 ? {} : update(request, () => ({}))
}
