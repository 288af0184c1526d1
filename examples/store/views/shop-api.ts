/**
 * `api/shop/`: pictures, the cart and the history, as JSON. Leaves products to ./product-api.ts.
 */
import { type HttpRequest, HttpResponse, NotFound, responseSuccess, View } from 'nuages'
import { z } from 'zod'
import { type CartData, cartView, maxAtATime, maxInLine, quantityOf } from '../cart.ts'
import { addLine, cartOf, changeLine, clearCart, productsOf, removeLine } from '../cart-session.ts'
import { recentlyViewed } from '../frame.ts'

const quantity = (most: number) => {
  const message = `The quantity must be a whole number from 1 to ${most}.`
  return z.int(message).min(1, message).max(most, message)
}
const NewLine = z.object({ sku: z.string().max(100), quantity: quantity(maxAtATime) })
const ChangedLine = z.object({ quantity: quantity(maxInLine) })

/** `api/shop/picture/<md5:digest>/`: the address is made of the content, so it never changes. */
export class Picture extends View {
  async get(request: HttpRequest, { digest }: { digest: string }): Promise<HttpResponse> {
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
    if (row === undefined) throw new NotFound('There is no such picture.')
    return new HttpResponse(row.content, { headers, contentType: row.content_type })
  }
}

async function answer(request: HttpRequest, cart: CartData): Promise<HttpResponse> {
  return responseSuccess(cartView(cart, await productsOf(request, cart)))
}

/** `api/shop/cart/`: the cart of this session. */
export class Cart extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return answer(request, await cartOf(request))
  }

  async post(request: HttpRequest): Promise<HttpResponse> {
    const line = await request.validate(NewLine)
    return answer(request, await addLine(request, line.sku, line.quantity))
  }

  async delete(request: HttpRequest): Promise<HttpResponse> {
    return answer(request, await clearCart(request))
  }
}

/** `api/shop/cart/<str:sku>/`: one line of it. */
export class CartLine extends View {
  async patch(request: HttpRequest, { sku }: { sku: string }): Promise<HttpResponse> {
    if (quantityOf(await cartOf(request), sku) === 0) throw new NotFound('That is not in your cart.')
    const line = await request.validate(ChangedLine)
    return answer(request, await changeLine(request, sku, line.quantity))
  }

  async delete(request: HttpRequest, { sku }: { sku: string }): Promise<HttpResponse> {
    return answer(request, await removeLine(request, sku))
  }
}

/** `api/shop/history/`: recently viewed products, newest first. */
export class History extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    return responseSuccess({ items: await recentlyViewed(request) })
  }
}
