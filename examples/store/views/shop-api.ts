/**
 * `api/shop/`: pictures, the cart and the history, as JSON. Leaves products to ./product-api.ts.
 */
import { type HttpRequest, HttpResponse, NotFound, operation, View } from 'nuages'
import { fileResponse } from 'nuages/files'
import { z } from 'zod'
import { type CartData, type CartSummary, cartView, maxAtATime, maxInLine, quantityOf } from '../cart.ts'
import { addLine, cartOf, changeLine, clearCart, productsOf, removeLine } from '../cart-session.ts'
import { recentlyViewed } from '../frame.ts'
import { ShownProduct } from '../products.ts'
import { english } from '../texts.ts'

const quantity = (most: number) => {
  const message = english('The quantity must be a whole number from 1 to {most}.', { most })
  return z.int(message).min(1, message).max(most, message)
}
const NewLine = z.object({ sku: z.string().max(100), quantity: quantity(maxAtATime) }).meta({ id: 'NewCartLine' })
const ChangedLine = z.object({ quantity: quantity(maxInLine) }).meta({ id: 'CartLineChange' })
const ShownCart = z
  .object({
    items: z
      .array(z.object({ sku: z.string(), name: z.string(), quantity: z.int(), price: z.int(), total: z.int() }))
      .readonly(),
    count: z.int().meta({ description: 'Pieces, not lines.' }),
    total: z.int().meta({ description: 'In minor units: 1890 is 18.90 euros.' }),
  })
  .meta({ id: 'Cart' })

const tags = ['cart']
const answersCart = { tags, responses: { 200: ShownCart } } as const

/** `api/shop/picture/<md5:digest>/`: the address is made of the content, so it never changes. */
export class Picture extends View {
  get = operation(
    {
      summary: 'A picture, by the MD5 of its content',
      tags: ['shop'],
      responses: { 200: { contentType: 'image/*' }, 304: null },
      problems: { 404: 'There is no such picture.' },
    },
    pictureView,
  )
}

async function pictureView(request: HttpRequest, { digest }: { digest: string }): Promise<HttpResponse> {
  const etag = `"${digest}"`
  const headers = {
    'Cache-Control': 'public, max-age=31536000, immutable',
    ETag: etag,
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  }
  if (request.headers.get('if-none-match') === etag) return new HttpResponse(null, { status: 304, headers })
  const row = await request.app.db
    .selectFrom('store_picture')
    .selectAll()
    .where('digest', '=', digest)
    .executeTakeFirst()
  if (row === undefined) throw new NotFound(english('There is no such picture.'))
  if (row.content_type === 'image/svg+xml')
    return new HttpResponse(row.content, { headers, contentType: row.content_type })
  const response = await fileResponse(request, request.app.storage, {
    name: row.content,
    cacheControl: headers['Cache-Control'],
  })
  response.headers.set('ETag', etag)
  return response
}

async function shownCart(request: HttpRequest, cart: CartData): Promise<CartSummary> {
  return cartView(cart, await productsOf(request, cart))
}

/** `api/shop/cart/`: the cart of this session. */
export class Cart extends View {
  get = operation({ ...answersCart, summary: 'The cart' }, async request => shownCart(request, await cartOf(request)))

  post = operation(
    { ...answersCart, summary: 'Put pieces into the cart', body: NewLine },
    async (request, _params, { body: { sku, quantity } }) => shownCart(request, await addLine(request, sku, quantity)),
  )

  delete = operation({ ...answersCart, summary: 'Empty the cart' }, async request =>
    shownCart(request, await clearCart(request)),
  )
}

/** `api/shop/cart/<str:sku>/`: one line of it. */
export class CartLine extends View {
  patch = operation(
    {
      ...answersCart,
      summary: 'Change the pieces of a product in the cart',
      body: ChangedLine,
      problems: { 404: 'That is not in the cart.' },
      async find(request: HttpRequest, { sku }: { sku: string }) {
        if (quantityOf(await cartOf(request), sku) === 0) throw new NotFound(english('That is not in your cart.'))
      },
    },
    async (request, { sku }: { sku: string }, { body }) =>
      shownCart(request, await changeLine(request, sku, body.quantity)),
  )

  delete = operation(
    { ...answersCart, summary: 'Take a product out of the cart' },
    async (request, { sku }: { sku: string }) => shownCart(request, await removeLine(request, sku)),
  )
}

/** `api/shop/history/`: recently viewed products, newest first. */
export class History extends View {
  get = operation(
    {
      summary: 'Recently viewed products, newest first',
      tags: ['shop'],
      responses: { 200: z.object({ items: z.array(ShownProduct) }) },
    },
    async request => ({ items: await recentlyViewed(request) }),
  )
}
