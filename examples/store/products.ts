/**
 * Products, as the pages and the API ask for them.
 */
import { sql } from 'kysely'
import { type App, ValidationError } from 'nuages'
import { z } from 'zod'
import { currency } from './catalogue.ts'
import { containing, type Page } from './paging.ts'
import type { ProductTable } from './tables.ts'
import { english } from './texts.ts'

/** A product as pages and API show it: `picture` is an address. */
export type StoredProduct = Readonly<ProductTable>

/** What a list may be ordered by; the first is the default. */
export const productOrderings = ['name', 'price', 'stock'] as const

const maxPrice = 100_000_000
const maxStock = 1_000_000
const plainText = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** The address of a picture. */
export function pictureUrl(digest: string): string {
  return `/api/shop/picture/${digest}/`
}

/** A product as staff writes it, whole. Its picture is named by its digest, or by the address that the API shows. */
export const NewProduct = z
  .object({
    sku: z
      .string()
      .max(32)
      .regex(/^[A-Z0-9]+(?:-[A-Z0-9]+)*$/, english('Use capital letters, digits and hyphens between.')),
    slug: z
      .string()
      .max(100)
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, english('Use small letters, digits and hyphens between.')),
    name: z
      .string()
      .trim()
      .min(1, english('This field is required.'))
      .max(200)
      .refine(plainText, english('Use plain text.')),
    description: z.string().trim().max(5000).refine(plainText, english('Use plain text.')),
    price: z.int().min(0).max(maxPrice).meta({ description: 'In minor units: 1890 is 18.90 euros.' }),
    currency: z.literal(currency),
    stock: z.int().min(0).max(maxStock).meta({ description: 'Pieces in the warehouse; 0 is sold out.' }),
    picture: z
      .string()
      .regex(/^(?:\/api\/shop\/picture\/)?[0-9a-f]{32}\/?$/, english('Name a picture by its digest or its address.'))
      .transform(text => text.match(/[0-9a-f]{32}/)?.[0] ?? ''),
  })
  .meta({ id: 'NewProduct' })

/** A product as the API shows it. */
export const ShownProduct = z
  .object({
    sku: z.string(),
    slug: z.string(),
    name: z.string(),
    description: z.string(),
    price: z.int(),
    currency: z.string(),
    stock: z.int(),
    picture: z.string().meta({ description: 'The address of the picture.' }),
  })
  .meta({ id: 'Product' })

/** @throws {ValidationError} with status 422 for a picture that we do not have. */
export async function requirePicture(app: App, digest: string): Promise<void> {
  const row = await app.db.selectFrom('store_picture').select('digest').where('digest', '=', digest).executeTakeFirst()
  if (row === undefined) throw new ValidationError({ picture: [english('There is no such picture.')] })
}

function shown(row: ProductTable): StoredProduct {
  return { ...row, picture: pictureUrl(row.picture) }
}

/** One page of the products whose name or description holds the search. */
export async function findProducts(app: App, page: Page): Promise<{ items: StoredProduct[]; total: number }> {
  const like = containing(page.search)
  let query = app.db.selectFrom('store_product')
  if (page.search !== '')
    query = query.where(({ or, ref }) =>
      or(
        (['name', 'description'] as const).map(
          column => sql<boolean>`lower(${ref(column)}) like lower(${like}) escape '!'`,
        ),
      ),
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
