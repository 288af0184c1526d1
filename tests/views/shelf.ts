/**
 * A shelf of books as a resource, for tests: a table with a foreign key, a hidden column, and a time.
 */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { type App, createApp, defineSettings, path, requireUser, tableResource } from 'nuages'
import { Client } from 'nuages/testing'
import { z } from 'zod'

declare module 'nuages/db' {
  interface Tables {
    shelf_author: { id: number; name: string }
    shelf_book: {
      slug: string
      title: string
      pages: number
      author_id: number
      /** Hidden, and never written by clients. */
      secret: string
      owner: string | null
      printed: Date | string
    }
  }
}

const tables: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('shelf_author')
      .addColumn('id', 'integer', column => column.primaryKey())
      .addColumn('name', 'varchar(100)', column => column.notNull().unique())
      .execute()
    const time = db.getExecutor().adapter.constructor.name.startsWith('Postgres') ? 'timestamptz' : 'datetime(6)'
    await db.schema
      .createTable('shelf_book')
      .addColumn('slug', 'varchar(100)', column => column.primaryKey())
      .addColumn('title', 'varchar(200)', column => column.notNull().unique())
      .addColumn('pages', 'integer', column => column.notNull())
      .addColumn('author_id', 'integer', column => column.notNull())
      .addColumn('secret', 'varchar(100)', column => column.notNull())
      .addColumn('owner', 'varchar(150)')
      .addColumn('printed', time as 'timestamptz', column => column.notNull())
      .addForeignKeyConstraint('shelf_book_author', ['author_id'], 'shelf_author', ['id'])
      .execute()
  },
}

const Book = z.object({
  slug: z.string().regex(/^[a-z-]+$/),
  title: z.string().min(1).max(200),
  pages: z.int().min(1).max(10_000),
  author_id: z.int(),
})

const shelf = {
  table: 'shelf_book',
  key: 'slug',
  show: ['slug', 'title', 'pages', 'author_id', 'printed'],
  schema: Book,
  search: ['title'],
  filters: {
    title: { kind: 'text', lookups: ['exact', 'in', 'icontains', 'istartswith'] },
    pages: { kind: 'integer', lookups: ['exact', 'in', 'gt', 'gte', 'lt', 'lte'] },
    printed: { kind: 'time', lookups: ['gte', 'lt'] },
  },
  ordering: ['title', 'pages', 'printed', 'slug'],
  kinds: { printed: 'time' },
  pageSize: 3,
  maxPageSize: 50,
} as const

/** When the books of these tests were printed, unless a test says otherwise. */
const printed = new Date('2026-01-31T12:00:00Z')

class Books extends tableResource({
  ...shelf,
  access: { read: 'anyone', write: 'staff' },
  beforeWrite: (_values, _request, before) => (before === null ? { secret: 'hidden', printed } : undefined),
}) {}

class StrictBooks extends tableResource({
  ...shelf,
  access: { read: 'anyone', write: 'staff' },
  requireIfMatch: true,
}) {}

class OwnBooks extends tableResource({
  ...shelf,
  access: { read: 'user', update: 'user', destroy: 'user' },
  async visible(request) {
    const { username } = await requireUser(request)
    return row => row('owner', '=', username)
  },
}) {}

class Authors extends tableResource({
  table: 'shelf_author',
  key: 'id',
  access: { read: 'anyone', write: 'staff' },
  show: ['id', 'name'],
  schema: z.object({ id: z.int().min(1).max(1000), name: z.string() }),
}) {}

export interface Shelf {
  readonly app: App
  readonly staff: Client
  readonly anyone: Client
  /** Takes off all books, and all authors but the first. */
  empty(): Promise<void>
  /** Puts books onto the shelf, `count` of them: `book-a` with 1 page, and so on. */
  fill(titles: readonly string[]): Promise<void>
}

/** `url`: of an empty database. */
export async function openShelf(url: string): Promise<Shelf> {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'k'.repeat(50),
      DATABASE_URL: url,
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
    }),
    urls: [
      path('book/', Books.asResource('<slug:slug>', { name: 'book' })),
      path('strict/', StrictBooks.asResource('<slug:slug>')),
      path('own/', OwnBooks.asResource('<str:slug>')),
      path('author/', Authors.asResource('<int:id>')),
    ],
    migrations: { '001_shelf': tables },
    logger: null,
  })
  await app.migrate()
  const staff = new Client(app)
  await staff.forceLogin(await app.users.createUser({ username: 'ada', isStaff: true }))
  return {
    app,
    staff,
    anyone: new Client(app),
    async empty() {
      await app.db.deleteFrom('shelf_book').execute()
      await app.db.deleteFrom('shelf_author').execute()
      await app.db.insertInto('shelf_author').values({ id: 1, name: 'Jane' }).execute()
    },
    async fill(titles) {
      for (const [index, title] of titles.entries())
        await app.db
          .insertInto('shelf_book')
          .values({
            slug: `book-${String.fromCharCode(97 + index)}`,
            title,
            pages: index + 1,
            author_id: 1,
            secret: 'hidden',
            owner: null,
            printed,
          })
          .execute()
    },
  }
}
