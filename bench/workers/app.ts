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
  type User,
  View,
} from 'nuages'
import { Cart, Me, Ping } from '../views.ts'

/** Logs whoever asks in as the one account. */
class Enter extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    await login(request, (await request.app.users.getByUsername('ada')) as User)
    const session = await request.session
    session.set('visits', Number(request.GET.get('visits'))).set('cart', {})
    return jsonResponse({ ok: true })
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
