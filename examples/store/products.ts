/**
 * Products, as the pages and the API ask for them.
 */
import { sql } from 'kysely'
import type { App } from 'nuages'
import { containing, type Page } from './paging.ts'
import type { ProductTable } from './tables.ts'

/** A product as pages and API show it: `picture` is an address. */
export type StoredProduct = Readonly<ProductTable>

/** What a list may be ordered by; the first is the default. */
export const productOrderings = ['name', 'price', 'stock'] as const

function shown(row: ProductTable): StoredProduct {
  return { ...row, picture: `/api/shop/picture/${row.picture}/` }
}

/** One page of the products whose name or description holds the search. */
export async function findProducts(app: App, page: Page): Promise<{ items: StoredProduct[]; total: number }> {
  const like = containing(page.search)
  let query = app.db.selectFrom('store_product')
  if (page.search !== '')
    query = query.where(({ or, ref }) =>
      or((['name', 'description'] as const).map(column => sql<boolean>`lower(${ref(column)}) like ${like} escape '!'`)),
    )
  const { total } = await query.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow()
  const column = page.ordering.replace('-', '') as (typeof productOrderings)[number]
  const rows = await query
    .selectAll()
    .orderBy(column, page.ordering.startsWith('-') ? 'desc' : 'asc')
    .orderBy('sku')
    .limit(page.pageSize)
    .offset((page.page - 1) * page.pageSize)
    .execute()
  return { items: rows.map(shown), total: Number(total) }
}

/** The product with this slug; `null` when there is none. */
export async function productBySlug(app: App, slug: string): Promise<StoredProduct | null> {
  const row = await app.db.selectFrom('store_product').selectAll().where('slug', '=', slug).executeTakeFirst()
  return row === undefined ? null : shown(row)
}

/** The products with these slugs, in their order; unknown ones are left out. */
export async function productsBySlugs(app: App, slugs: readonly string[]): Promise<StoredProduct[]> {
  if (slugs.length === 0) return []
  const rows = await app.db.selectFrom('store_product').selectAll().where('slug', 'in', slugs).execute()
  const bySlug = new Map(rows.map(row => [row.slug, shown(row)]))
  return slugs.flatMap(slug => bySlug.get(slug) ?? [])
}

/** The products with these SKUs. */
export async function productsBySkus(app: App, skus: readonly string[]): Promise<StoredProduct[]> {
  if (skus.length === 0) return []
  const rows = await app.db.selectFrom('store_product').selectAll().where('sku', 'in', skus).execute()
  return rows.map(shown)
}
