/**
 * The site that several workers serve: a page that asks nobody, one that reads session and user, one that writes the session.
 */
import {
  type App,
  createApp,
  defineSettings,
  envSettings,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  login,
  path,
  requireUser,
  type User,
  View,
} from 'nuages'
import { z } from 'zod'

declare module 'nuages/sessions' {
  interface SessionData {
    visits: number
    cart: Readonly<Record<string, number>>
  }
}

const Line = z.object({ sku: z.string(), quantity: z.int().min(1).max(99) })

class Ping extends View {
  get(): HttpResponse {
    return jsonResponse({ message: 'pong' })
  }
}

/** Logs whoever asks in as the one account. */
class Enter extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await login(request, (await request.app.users.getByUsername('ada')) as User)
    const session = await request.session
    session.set('visits', 7).set('cart', {})
    return jsonResponse({ ok: true })
  }
}

class Me extends View {
  async get(request: HttpRequest): Promise<HttpResponse> {
    const { id, username } = await requireUser(request)
    const session = await request.session
    return jsonResponse({ id, username, visits: session.get('visits') })
  }
}

class Cart extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const { sku, quantity } = await request.validate(Line)
    const session = await request.session
    return jsonResponse(await session.update('cart', (cart = {}) => ({ ...cart, [sku]: (cart[sku] ?? 0) + quantity })))
  }
}

export const app: App = createApp({
  settings: defineSettings({ ALLOWED_HOSTS: ['127.0.0.1'], ...envSettings() }),
  urls: [
    path('ping', Ping.asView()),
    path('enter', Enter.asView()),
    path('me', Me.asView()),
    path('cart', Cart.asView()),
  ],
  logger: null,
})
