/**
 * What visitors of the benchmarks ask of Nuages: a page that asks nobody, one that reads session and user, one that writes the session.
 */
import { type HttpRequest, type HttpResponse, jsonResponse, requireUser, View } from 'nuages'
import { z } from 'zod'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
    cart: Readonly<Record<string, number>>
  }
}

const Line = z.object({ sku: z.string(), quantity: z.int().min(1).max(99) })

export class Ping extends View {
  get(): HttpResponse {
    return jsonResponse({ message: 'pong' })
  }
}

export class Me extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    const session = await request.session
    return jsonResponse({ id, username, visits: session.get('visits') })
  }
}

export class Cart extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { sku, quantity } = await request.validate(Line)
    const session = await request.session
    return jsonResponse(await session.update('cart', (cart = {}) => ({ ...cart, [sku]: (cart[sku] ?? 0) + quantity })))
  }
}
