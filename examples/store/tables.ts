/**
 * The store's own tables and the goods of a first start.
 */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { catalogue } from './catalogue.ts'
import { drawPicture } from './pictures.ts'

/** A product as stored. Money in minor units. */
export interface ProductTable {
  sku: string
  slug: string
  name: string
  description: string
  price: number
  currency: string
  stock: number
  /** MD5 of the picture's content: its address. */
  picture: string
}

export interface PictureTable {
  /** MD5 of the content, in hex: names it, protects nothing. */
  digest: string
  content_type: string
  /** A drawing itself; of any other picture its name in the storage. */
  content: string
}

/** Which file is the picture of an account. */
export interface AvatarTable {
  user_id: number
  /** In the storage. */
  name: string
  /** In bytes. */
  size: number
}

declare module 'nuages/db' {
  interface Tables {
    store_product: ProductTable
    store_picture: PictureTable
    store_avatar: AvatarTable
  }
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('store_picture')
    .addColumn('digest', 'varchar(32)', column => column.primaryKey())
    .addColumn('content_type', 'varchar(100)', column => column.notNull())
    .addColumn('content', 'text', column => column.notNull())
    .execute()
  await db.schema
    .createTable('store_product')
    .addColumn('sku', 'varchar(32)', column => column.primaryKey())
    .addColumn('slug', 'varchar(100)', column => column.notNull().unique())
    .addColumn('name', 'varchar(200)', column => column.notNull())
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('price', 'integer', column => column.notNull())
    .addColumn('currency', 'varchar(3)', column => column.notNull())
    .addColumn('stock', 'integer', column => column.notNull())
    .addColumn('picture', 'varchar(32)', column => column.notNull().references('store_picture.digest'))
    .execute()
}

async function stockShelves(db: Kysely<{ store_product: ProductTable; store_picture: PictureTable }>): Promise<void> {
  for (const product of catalogue) {
    const content = drawPicture(product)
    const digest = createHash('md5').update(content).digest('hex')
    const present = await db
      .selectFrom('store_picture')
      .select('digest')
      .where('digest', '=', digest)
      .executeTakeFirst()
    if (present === undefined)
      await db.insertInto('store_picture').values({ digest, content_type: 'image/svg+xml', content }).execute()
    await db
      .insertInto('store_product')
      .values({ ...product, picture: digest })
      .execute()
  }
}

async function createAvatars(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('store_avatar')
    .addColumn('user_id', 'integer', column => column.primaryKey())
    .addColumn('name', 'varchar(255)', column => column.notNull())
    .addColumn('size', 'integer', column => column.notNull())
    .execute()
}

/** Run in the order of their names, each once. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001_tables': { up: createTables },
  '002_catalogue': { up: stockShelves },
  '003_avatars': { up: createAvatars },
}
