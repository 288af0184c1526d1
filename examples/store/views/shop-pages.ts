/**
 * The catalogue, a product, the advertisement.
 */
import { type HttpRequest, type HttpResponse, isSafeRedirect, NotFound, redirect, View } from 'nuages'
import { adCookie, frameOf, htmlPage, recentlyViewed } from '../frame.ts'
import { addToHistory, historyCookie, parseHistory, serializeHistory } from '../history.ts'
import { cataloguePage } from '../pages/catalogue.ts'
import { productPage } from '../pages/product.ts'
import { findProducts, productBySlug } from '../products.ts'
import { english } from '../texts.ts'

const pageSize = 12
const historySeconds = 30 * 24 * 3600
const adSeconds = 24 * 3600

/** `/`: all products, or those that `q` finds. */
export class Catalogue extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const search = (request.GET.get('q') ?? '').trim().slice(0, 100).replaceAll('\0', '')
    const asked = request.GET.get('page') ?? '1'
    const page = /^[1-9][0-9]{0,5}$/.test(asked) ? Number(asked) : 1
    const { items, total } = await findProducts(request.app, { search, page, pageSize, ordering: 'name' })
    const pages = Math.max(1, Math.ceil(total / pageSize))
    if (page > pages) throw new NotFound(english('There are only {pages} pages.', { pages }))
    const view = { items, total, page, pages, q: search, recentlyViewed: await recentlyViewed(request) }
    return htmlPage(cataloguePage(await frameOf(request), view))
  }
}

/** `/product/<slug>/`: one product, which becomes the first of the history. */
export class ProductPage extends View {
  async get(request: HttpRequest, { slug }: { slug: string }): Promise<HttpResponse> {
    const product = await productBySlug(request.app, slug)
    if (product === null) throw new NotFound(english('We do not sell that, or not any more.'))
    const view = { product, recentlyViewed: await recentlyViewed(request, slug) }
    const history = addToHistory(parseHistory(request.COOKIES.get(historyCookie)), slug)
    return htmlPage(productPage(await frameOf(request), view)).setCookie(historyCookie, serializeHistory(history), {
      maxAge: historySeconds,
      httpOnly: true,
      sameSite: 'lax',
      secure: request.isSecure,
    })
  }
}

/** `/ad/close/`: no advertisement for a day. */
export class CloseAd extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const next = (await request.POST).get('next') ?? '/'
    const target = isSafeRedirect(next, { hosts: new Set([request.host]), requireHttps: request.isSecure }) ? next : '/'
    return redirect(target).setCookie(adCookie, '1', { maxAge: adSeconds, sameSite: 'lax', secure: request.isSecure })
  }
}
