/** What must compile, and what must not, when routes meet views. Checked by tsc; nothing here runs. */
import {
  createPath,
  createResolver,
  defineConverter,
  include,
  type PathParams,
  path,
  type Resolver,
  type Route,
} from 'nuages/urls'

class HttpRequest {
  readonly method = 'GET'
}
type Params = PathParams<''>

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <Holds extends true>(holds?: Holds): void => void holds

// Parameters of a path
same<Same<PathParams<'/books/<int:id>/'>, { readonly id: number }>>()
same<
  Same<
    PathParams<'<str:a>-<b>/<slug:c>/<uuid:d>/<path:e>'>,
    { readonly a: string; readonly b: string; readonly c: string; readonly d: string; readonly e: string }
  >
>()
same<Same<keyof PathParams<'about/'>, never>>()
same<Same<PathParams<string>, Readonly<Record<string, unknown>>>>()
// @ts-expect-error: an int placeholder is a number, so a string must not compile
const wrong: PathParams<'/books/<int:id>'> = { id: '7' }
void wrong

// A view and its route
const book = (_request: HttpRequest, { id }: { id: number }): string => id.toFixed()
const shelf = (_request: HttpRequest, { id, shop }: { id: number; shop: string }): string => shop + id.toFixed()
const home = (_request: HttpRequest): string => ''
path('books/<int:id>/', book)
path('books/<int:id>/', home)
path('books/<int:id>/<slug:more>/', book)
path('ok/', () => 'ok')
path('books/<int:id>/', (_request: HttpRequest, { id }) => id.toFixed())
path('books/<int:id>/', Object.assign(book, { appendSlash: false }))
// @ts-expect-error: the route has no id
path('books/', book)
// @ts-expect-error: the route's id is a string
path('books/<slug:id>/', book)
// @ts-expect-error: the route has no sku
path('books/<int:id>/', (_request: HttpRequest, { sku }) => sku)
// @ts-expect-error: a route that is not known to the compiler gives no typed parameters
path(String('books/<int:id>/'), book)
// @ts-expect-error: a view is a function
path('books/', 'view')
// @ts-expect-error: there is no converter "Int", so its value is unknown
path('books/<Int:id>/', book)

// Custom converters
const withDate = createPath({
  date: defineConverter({
    pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
    parse: text => new Date(text),
    format: date => date.toISOString().slice(0, 10),
  }),
})
const dateRoute = withDate('on/<date:day>/<int:id>/', (_request: HttpRequest, { day, id }) => day.getTime() + id, {
  name: 'day',
})
// @ts-expect-error: plain path knows no dates
path('on/<date:day>/', (_request: HttpRequest, { day }: { day: Date }) => day.getTime())

// Prefixes: a view may ask for their parameters when its table says what it is under
const underShop = createPath({}, { under: '<slug:shop>/' })
const shelves = include([underShop('<int:id>/', shelf, { name: 'shelf' }), path('', home, { name: 'home' })], {
  namespace: 'shop',
})
const shopRoute = path('<slug:shop>/', shelves)
// @ts-expect-error: without "under", the inner route gives no shop
path('<int:id>/', shelf)
// @ts-expect-error: this prefix has no shop
path('stores/', shelves)
// @ts-expect-error: this shop is a number
path('<int:shop>/', shelves)
// @ts-expect-error: so does a table without any prefix
createResolver([underShop('<int:id>/', shelf)])

// Reverse
const resolver = createResolver([
  path('', home, { name: 'home' }),
  path('books/<int:id>/', book, { name: 'book' }),
  path('b/<slug:slug>/', home, { name: 'book' }),
  path('unnamed/', home),
  shopRoute,
  dateRoute,
])
const link: string = resolver.reverse('home')
void link
resolver.reverse('home', {}, { query: { page: 2, tag: ['a', 'b'] } })
resolver.reverse('book', { id: 7 })
resolver.reverse('book', { slug: 'kite' }, { query: new URLSearchParams() })
resolver.reverse('shop:shelf', { shop: 'toys', id: 7 })
resolver.reverse('shop:home', { shop: 'toys' })
resolver.reverse('day', { day: new Date(), id: 1 })
// @ts-expect-error: no such name
resolver.reverse('nobody')
// @ts-expect-error: the name needs its namespace
resolver.reverse('shelf', { shop: 'toys', id: 7 })
// @ts-expect-error: the id is missing
resolver.reverse('book')
// @ts-expect-error: the id is a number
resolver.reverse('book', { id: '7' })
// @ts-expect-error: the prefix's parameter is missing
resolver.reverse('shop:shelf', { id: 7 })
// @ts-expect-error: no such parameter
resolver.reverse('home', { id: 7 })

// What an application does with it
type AppView = (request: HttpRequest, params: Params) => string
const urls = [path('', home), path('books/<int:id>/', book, { name: 'book' }), shopRoute]
const table: readonly Route<AppView>[] = urls
const match = createResolver(table).resolve('/')
const answer: string | undefined = match?.view(new HttpRequest(), match.params)
void answer
const untyped: Resolver<AppView> = createResolver(urls)
untyped.reverse('book', { id: 7 })
untyped.reverse('anything')
const numbers: readonly Route<(request: HttpRequest, params: Params) => number>[] = [
  // @ts-expect-error: this application's views answer with a number
  path('books/<int:id>/', book),
]
void numbers
