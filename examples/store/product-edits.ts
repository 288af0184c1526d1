/**
 * Adding, changing and removing products, so that of two who edit one at the same time the second hears of the first.
 */
import { createHash } from 'node:crypto'
import type { App } from 'nuages'
import { UniqueViolation } from 'nuages/db'
import type { ProductTable } from './tables.ts'

/** What staff may change. The number stays: carts keep it. */
export type ProductChanges = Omit<ProductTable, 'sku' | 'currency'>

/** Names what a product says, so that a form can tell what it was made from. Says nothing about the product that staff does not see. */
export function versionOf(product: ProductTable): string {
  const { sku, slug, name, description, price, currency, stock, picture } = product
  const text = JSON.stringify([sku, slug, name, description, price, currency, stock, picture])
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** The row with this slug; `null` when there is none. */
export async function productRow(app: App, slug: string): Promise<ProductTable | null> {
  const row = await app.db.selectFrom('store_product').selectAll().where('slug', '=', slug).executeTakeFirst()
  return row?.slug === slug ? row : null
}

/** What became of an edit. `changed`: it is not what the editor saw, nothing was written. `taken`: another product has that field. */
export type Edit =
  | { readonly state: 'done' }
  | { readonly state: 'gone' }
  | { readonly state: 'changed'; readonly now: ProductTable }
  | { readonly state: 'taken'; readonly field: 'sku' | 'slug' }

export async function addProduct(app: App, product: ProductTable): Promise<Edit> {
  try {
    await app.db.insertInto('store_product').values(product).execute()
    return { state: 'done' }
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    return { state: 'taken', field: (await productRow(app, product.slug)) === null ? 'sku' : 'slug' }
  }
}

/** Changes the product, if it still is what `version` names; `null` for `changes` removes it. Of two at once only one finds it so. */
export async function editProduct(
  app: App,
  { slug, version }: { readonly slug: string; readonly version: string },
  changes: ProductChanges | null,
): Promise<Edit> {
  const isLocking = app.database.dialect !== 'sqlite'
  try {
    return await app.db.transaction().execute(async (db): Promise<Edit> => {
      const query = db.selectFrom('store_product').selectAll().where('slug', '=', slug)
      const now = await (isLocking ? query.forUpdate() : query).executeTakeFirst()
      if (now?.slug !== slug) return { state: 'gone' }
      if (versionOf(now) !== version) return { state: 'changed', now }
      if (changes === null) await db.deleteFrom('store_product').where('sku', '=', now.sku).execute()
      else await db.updateTable('store_product').set(changes).where('sku', '=', now.sku).execute()
      return { state: 'done' }
    })
  } catch (error) {
    if (error instanceof UniqueViolation) return { state: 'taken', field: 'slug' }
    throw error
  }
}
