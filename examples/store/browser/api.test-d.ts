/** What compiles and what must not: the calls of the shop's pages. Checked by `tsc`, never run. */
import { api } from './api.ts'
import { text } from './say.ts'

export async function calls(): Promise<number> {
  const { data } = await api.POST('/api/shop/cart/', { body: { sku: 'LMP-CUM', quantity: 2 } })
  // @ts-expect-error: a quantity is a number
  await api.POST('/api/shop/cart/', { body: { sku: 'LMP-CUM', quantity: '2' } })
  // @ts-expect-error: which line
  await api.PATCH('/api/shop/cart/{sku}/', { body: { quantity: 2 } })
  // @ts-expect-error: the path has another parameter
  await api.DELETE('/api/shop/cart/{sku}/', { params: { path: { slug: 'cumulus-lamp' } } })
  // @ts-expect-error: the list is not ordered so
  await api.GET('/api/shop/product/', { params: { query: { ordering: 'colour' } } })
  // @ts-expect-error: a picture is a file
  await api.PUT('/api/backend/user/{id}/avatar/', { params: { path: { id: 1 } }, body: { headimg: 'me.png' } })
  // @ts-expect-error: a cart has no owner
  data?.data.owner
  return data?.data.count ?? 0
}

export function says(): string[] {
  // @ts-expect-error: nobody has translated that
  const untranslated = text('Nobody has translated that.')
  // @ts-expect-error: it wants to know how many
  const withoutValues = text('{count} pieces')
  return [untranslated, withoutValues]
}
