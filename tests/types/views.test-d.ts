/** What compiles and what must not: views in routes, sessions, validated data. Checked by `tsc`, never run. */
import {
  createApp,
  defineSettings,
  type HttpRequest,
  HttpResponse,
  loginRequired,
  path,
  type Session,
  View,
} from 'nuages'
import { z } from 'zod'

class Book extends View {
  get(_request: HttpRequest, { id }: { id: number }): HttpResponse {
    return new HttpResponse(id.toFixed())
  }
  async delete(_request: HttpRequest, { id }: { id: number }): Promise<HttpResponse> {
    return new HttpResponse(String(id))
  }
}

class Shelf extends View {
  get(_request: HttpRequest, { id, slug }: { id: number; slug: string }): HttpResponse {
    return new HttpResponse(`${id} ${slug}`)
  }
}

const settings = defineSettings({ SECRET_KEY: 'secret' })

createApp({
  settings,
  urls: [
    path('book/<int:id>/', Book.asView()),
    path('book/<int:id>/own/', loginRequired(Book.asView())),
    path('shelf/<int:id>/<slug:slug>/', Shelf.asView()),
    path('plain/', () => new Response('a web response will do')),
  ],
})

// @ts-expect-error: the route has no `id`
path('book/', Book.asView())
// @ts-expect-error: `id` of this route is a string
path('book/<slug:id>/', Book.asView())
// @ts-expect-error: the route has no `slug`
path('shelf/<int:id>/', Shelf.asView())
// @ts-expect-error: a guard changes nothing about what the view asks for
path('book/', loginRequired(Book.asView()))
createApp({
  settings,
  // @ts-expect-error: a view answers with a response
  urls: [path('text/', () => 'text')],
})
// @ts-expect-error: a setting of another type
defineSettings({ SECRET_KEY: 'secret', SESSION_COOKIE_AGE: 'soon' })

/** Validated data has the schema's type, without a cast. */
export async function validated(request: HttpRequest): Promise<number> {
  const line = await request.validate(z.object({ sku: z.string(), quantity: z.int() }))
  // @ts-expect-error: the schema has no such field
  line.price
  return line.quantity
}

declare module 'nuages/sessions' {
  interface SessionData {
    typesTestCart: Record<string, number>
  }
}

/** Declared keys are typed, others are unknown. */
export async function sessions(session: Session): Promise<number> {
  session.set('typesTestCart', { mug: 1 })
  // @ts-expect-error: a cart holds numbers
  session.set('typesTestCart', { mug: 'one' })
  const other: unknown = session.get('something else')
  // @ts-expect-error: nobody declared what it is
  const text: string = session.get('something else')
  const cart = await session.update('typesTestCart', (present = {}) => ({ ...present, mug: (present.mug ?? 0) + 1 }))
  return (cart.mug ?? 0) + String(other).length + text.length
}
