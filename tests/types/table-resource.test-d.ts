/** What compiles and what must not: resources on tables. Checked by `tsc`, never run. */
import { type } from 'arktype'
import type { Generated } from 'kysely'
import { type HttpRequest, listQuery, operation, pageOf, path, requireUser, tableResource, View } from 'nuages'
import { z } from 'zod'

declare module 'nuages/db' {
  interface Tables {
    type_test_song: { id: Generated<number>; title: string; seconds: number; owner_id: number; lyrics: string | null }
  }
}

const Song = z.object({ title: z.string(), seconds: z.int() })

class Songs extends tableResource({
  table: 'type_test_song',
  key: 'id',
  access: { read: 'anyone', write: { permission: 'music.change_song' }, destroy: 'staff' },
  show: ['id', 'title', 'seconds'],
  schema: Song,
  write: ['title', 'seconds'],
  present: row => ({ ...row, minutes: row.seconds / 60, loud: row.title.toUpperCase() }),
  search: ['title', 'lyrics'],
  filters: { seconds: { kind: 'integer', lookups: ['gte', 'in'] }, title: { kind: 'text', lookups: ['istartswith'] } },
  ordering: ['title', 'seconds'],
  async visible(request) {
    const { id } = await requireUser(request)
    return row => row('owner_id', '=', id)
  },
  async beforeWrite(values, request, before) {
    const seconds: number | undefined = values.seconds
    const old: string | undefined = before?.title
    return { owner_id: (await requireUser(request)).id + (seconds ?? 0) + (old?.length ?? 0) }
  },
}) {}

path('song/', Songs.asResource('<int:id>', { name: 'song' }))
// @ts-expect-error: the key is `id`
path('song/', Songs.asResource('<slug:slug>'))
// @ts-expect-error: ids are numbers
path('song/', Songs.asResource('<slug:id>'))

const read = { key: 'id', access: { read: 'anyone' }, show: ['id'] } as const
const song = { ...read, table: 'type_test_song' } as const

tableResource({ ...song, schema: type({ title: 'string', 'lyrics?': 'string | null' }) })
// @ts-expect-error: no such table
tableResource({ ...read, table: 'type_test_opera' })
// @ts-expect-error: no such column
tableResource({ ...song, key: 'isbn' })
// @ts-expect-error: no such column
tableResource({ ...song, show: ['id', 'password'] })
// @ts-expect-error: numbers cannot be searched
tableResource({ ...song, search: ['seconds'] })
// @ts-expect-error: what is not shown is no order
tableResource({ ...song, ordering: ['owner_id'] })
// @ts-expect-error: databases disagree where null stands in an order
tableResource({ ...song, show: ['id', 'lyrics'], ordering: ['lyrics'] })
// @ts-expect-error: a column of another type
tableResource({ ...song, schema: z.object({ title: z.string(), seconds: z.string() }) })
// @ts-expect-error: a field that is no column
tableResource({ ...song, schema: z.object({ title: z.string(), singer: z.string() }) })
// @ts-expect-error: a column that the schema does not name
tableResource({ ...song, schema: Song, write: ['owner_id'] })
// @ts-expect-error: booleans are not compared by size
tableResource({ ...song, filters: { seconds: { kind: 'boolean', lookups: ['gte'] } } })
// @ts-expect-error: no such column
tableResource({ ...song, filters: { singer: { kind: 'text' } } })
// @ts-expect-error: nobody said who may
tableResource({ table: 'type_test_song', key: 'id', show: ['id'] })
// @ts-expect-error: only columns that are shown
tableResource({ ...song, present: row => ({ owner: row.owner_id }) })

async function songOf(_request: HttpRequest, id: number): Promise<{ readonly title: string } | null> {
  return { title: String(id) }
}

/** What `find` finds is typed in the handler, and asks for its own part of the path. */
class OneSong extends View {
  get = operation(
    {
      find: (request: HttpRequest, { id }: { id: number }) => songOf(request, id),
      query: listQuery({ ordering: ['title', 'seconds'] }),
      responses: { 200: pageOf(Song) },
    },
    (_request, _params, { found, query }) => {
      const title: string | undefined = found?.title
      const by: 'title' | 'seconds' = query.orderBy
      // @ts-expect-error: no such order
      const wrong: 'singer' = query.orderBy
      return { items: [{ title: `${title} ${by} ${wrong}`, seconds: 1 }], total: 1, page: query.page, pageSize: 1 }
    },
  )
}
path('one/<int:id>/', OneSong.asView())
// @ts-expect-error: `find` needs an id
path('one/', OneSong.asView())
// @ts-expect-error: an item without its fields
operation({ responses: { 200: pageOf(Song) } }, () => ({ items: [{}], total: 1, page: 1, pageSize: 1 }))
