/**
 * `api/shop/product/`: products, as JSON. Everybody reads them, staff writes them.
 */
import { tableResource, ValidationError } from 'nuages'
import { NewProduct, pictureUrl, productOrderings, requirePicture, ShownProduct } from '../products.ts'
import { english } from '../texts.ts'

const tags = ['shop']

/** The list and an item of it. An item has an `ETag`: with `If-Match`, two editors cannot overwrite each other. */
export class Products extends tableResource({
  table: 'store_product',
  key: 'slug',
  access: { read: 'anyone', write: 'staff' },
  schema: NewProduct,
  item: ShownProduct,
  show: ['sku', 'slug', 'name', 'description', 'price', 'currency', 'stock', 'picture'],
  present: row => ({ ...row, picture: pictureUrl(row.picture) }),
  search: ['name', 'description'],
  filters: {
    sku: { kind: 'text', lookups: ['exact', 'in'] },
    price: { kind: 'integer', lookups: ['exact', 'gte', 'lte'] },
    stock: { kind: 'integer', lookups: ['gte', 'lte'] },
  },
  ordering: productOrderings,
  pageSize: 12,
  describe: {
    list: { summary: 'Products', tags },
    create: { summary: 'Add a product', tags },
    retrieve: { summary: 'A product', tags },
    update: { summary: 'Change a product, all of it', tags },
    partialUpdate: { summary: 'Change a part of a product', tags },
    destroy: { summary: 'Sell a product no longer', tags },
  },
  async beforeWrite({ sku, picture }, request, before) {
    // Carts keep it.
    if (before !== null && sku !== undefined && sku !== before.sku)
      throw new ValidationError({ sku: [english('A product keeps its number for ever.')] })
    if (picture !== undefined) await requirePicture(request.app, picture)
  },
}) {}
