/** What compiles and what must not: a client with types from a description. Checked by `tsc`, never run. */
import createClient from 'openapi-fetch'
import type { paths as storePaths } from '../../examples/store/browser/api-types.ts'
import { sendCsrfToken, throwProblems } from '../../src/client/index.ts'
import type { paths } from '../openapi/library-api.ts'

const client = createClient<paths>({ baseUrl: 'https://library.example' })
client.use(sendCsrfToken(), throwProblems())
const author = { name: 'Jane Austen' }

/** Typed by the views' own declarations. */
export async function reads(): Promise<number> {
  const { data, error } = await client.GET('/api/book/{slug}/', { params: { path: { slug: 'emma' } } })
  const pages: number | undefined = data?.data.pages
  // @ts-expect-error: a book has no price
  data?.data.price
  const code: string | undefined = error?.code
  return (pages ?? 0) + (code ?? '').length
}

export async function sends(cover: Blob): Promise<void> {
  await client.GET('/api/book/', { params: { query: { q: 'clouds', page: 2 } } })
  await client.POST('/api/book/', { body: { title: 'Emma', pages: 474, author } })
  await client.PUT('/api/cover/{digest}/', {
    params: { path: { digest: '' } },
    body: { caption: 'Front', cover },
    bodySerializer: body => {
      const form = new FormData()
      form.set('caption', body.caption)
      form.set('cover', body.cover)
      return form
    },
  })
  // @ts-expect-error: there is no such path
  await client.GET('/api/books/')
  // @ts-expect-error: the path has a parameter
  await client.GET('/api/book/{slug}/')
  // @ts-expect-error: the id is a number
  await client.POST('/api/hook/{id}/', { params: { path: { id: 'seven' } } })
  // @ts-expect-error: the page is a number
  await client.GET('/api/book/', { params: { query: { page: 'two' } } })
  // @ts-expect-error: the query has no such field
  await client.GET('/api/book/', { params: { query: { search: 'clouds' } } })
  // @ts-expect-error: a book has pages
  await client.POST('/api/book/', { body: { title: 'Emma', author } })
  // @ts-expect-error: the path knows no such method
  await client.DELETE('/api/book/')
}

/** The store's own description. */
export async function shops(): Promise<number> {
  const store = createClient<storePaths>({ baseUrl: 'https://shop.example' })
  const { data } = await store.POST('/api/shop/cart/', { body: { sku: 'kite', quantity: 2 } })
  // @ts-expect-error: a quantity is a number
  await store.POST('/api/shop/cart/', { body: { sku: 'kite', quantity: 'two' } })
  // @ts-expect-error: the list cannot be ordered so
  await store.GET('/api/shop/product/', { params: { query: { ordering: 'colour' } } })
  return data?.data.count ?? 0
}
