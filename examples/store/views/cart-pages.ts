/**
 * The cart's pages: every change answers 302 to `/cart/`; one that makes no sense leaves a message there.
 */
import { addMessage, type HttpRequest, type HttpResponse, redirect, ValidationError, View } from 'nuages'
import { cartView } from '../cart.ts'
import { addLine, cartOf, changeLine, clearCart, productsOf, removeLine } from '../cart-session.ts'
import { frameOf, htmlPage } from '../frame.ts'
import { languageOf } from '../language.ts'
import { cartPage } from '../pages/cart.ts'
import { inLanguage } from '../texts.ts'

/** `/cart/`: what is in it. */
export class CartPage extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const cart = await cartOf(request)
    const products = await productsOf(request, cart)
    const { items, count, total } = cartView(cart, products)
    const bySku = new Map(products.map(product => [product.sku, product]))
    const lines = items.flatMap(item => {
      const product = bySku.get(item.sku)
      return product === undefined ? [] : [{ ...item, slug: product.slug, picture: product.picture }]
    })
    return htmlPage(cartPage(await frameOf(request), { items: lines, count, total }))
  }
}

/** Carries out a change and goes back to the cart; what is wrong with it is said there. */
async function change(request: HttpRequest, work: () => Promise<unknown>): Promise<HttpResponse> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const reader = { language: languageOf(request) }
    const problems = Object.values(error.errors).flat()
    addMessage(request, 'error', problems.map(problem => inLanguage(reader, problem)).join(' '))
  }
  return redirect('/cart/')
}

/** `sku` and `quantity` of a form; a quantity that is no number is `NaN`, which no cart takes. */
async function line(request: HttpRequest): Promise<{ sku: string; quantity: number }> {
  const form = await request.POST
  const quantity = form.get('quantity') ?? ''
  return { sku: form.get('sku') ?? '', quantity: /^[0-9]{1,6}$/.test(quantity) ? Number(quantity) : Number.NaN }
}

export class CartAdd extends View {
  post(request: HttpRequest): Promise<HttpResponse> {
    return change(request, async () => {
      const { sku, quantity } = await line(request)
      await addLine(request, sku, quantity)
    })
  }
}

export class CartUpdate extends View {
  post(request: HttpRequest): Promise<HttpResponse> {
    return change(request, async () => {
      const { sku, quantity } = await line(request)
      await changeLine(request, sku, quantity)
    })
  }
}

export class CartRemove extends View {
  post(request: HttpRequest): Promise<HttpResponse> {
    return change(request, async () => removeLine(request, (await line(request)).sku))
  }
}

export class CartClear extends View {
  post(request: HttpRequest): Promise<HttpResponse> {
    return change(request, () => clearCart(request))
  }
}
