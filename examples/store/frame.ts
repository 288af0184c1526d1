/**
 * What the frame of every page shows of the request, and the cookies that pages share.
 */
import type { SafeHtml } from '@remix-run/html-template'
import { type HttpRequest, HttpResponse, messages } from 'nuages'
import { avatarUrl } from './avatars.ts'
import { countPieces } from './cart.ts'
import { historyCookie, parseHistory } from './history.ts'
import { languageOf } from './language.ts'
import type { Frame } from './pages/layout.ts'
import { productsBySlugs, type StoredProduct } from './products.ts'

export const adCookie = 'ad_closed'

export async function frameOf(request: HttpRequest): Promise<Frame> {
  const session = await request.session
  const user = await request.user
  const query = request.queryString === '' ? '' : `?${request.queryString}`
  return {
    user:
      user === null
        ? null
        : { username: user.username, picture: await avatarUrl(request.app, user.id), isStaff: user.isStaff },
    cartCount: countPieces(session.get('cart') ?? {}),
    messages: await messages(request),
    csrfToken: await request.csrf.token(),
    path: request.method === 'GET' ? `${request.rawPath}${query}` : '/',
    language: languageOf(request),
    // It would hang over the forms of who works here.
    showAd: !request.COOKIES.has(adCookie) && !request.rawPath.startsWith('/staff/'),
  }
}

/** A page. It shows who is logged in: no cache may keep it. */
export function htmlPage(page: SafeHtml, status = 200): HttpResponse {
  return new HttpResponse(String(page), { status, headers: { 'Cache-Control': 'private, no-store' } })
}

/** The products this visitor looked at, newest first, without `except`. */
export function recentlyViewed(request: HttpRequest, except?: string): Promise<StoredProduct[]> {
  const slugs = parseHistory(request.COOKIES.get(historyCookie)).filter(slug => slug !== except)
  return productsBySlugs(request.app, slugs)
}
