/** What a users table says of types; the program of an application that declares one is compiled in ./account-types.test.ts. */
import { defineUsers, type UserFields, type UserId, type UsersTable } from 'nuages/auth'

type TypesOf<Table> = Table extends UsersTable<infer Types> ? Types : never

function takes<T>(_value: T): void {}

export function compiled(): void {
  const members = defineUsers({
    model: 'club.Member',
    id: 'uuid',
    fields: {
      phone: { type: 'text', default: '' },
      card: 'text',
      trialEnds: 'time | null',
      level: { type: 'integer | null', column: 'lvl' },
      news: 'boolean',
    },
  })

  const types = {} as TypesOf<typeof members>
  takes<string>(types.id)
  takes<string>(types.fields.phone)
  takes<Date | null>(types.fields.trialEnds)
  takes<number | null>(types.fields.level)
  takes<boolean>(types.fields.news)
  // What has a default, or may be null, need not be given.
  takes<typeof types.newFields>({ card: '1', news: true })
  // @ts-expect-error: what has no default must be given
  takes<typeof types.newFields>({ news: true })
  // @ts-expect-error: a UUID is no number
  takes<number>(types.id)
  // @ts-expect-error: null where the column has none
  takes<null>(types.fields.card)
  // @ts-expect-error: a field that nobody declared must not compile
  types.fields.fax

  const plain = defineUsers({ model: 'shop.Account', id: { type: 'bigint', column: 'key' } })
  const plainTypes = {} as TypesOf<typeof plain>
  takes<number>(plainTypes.id)
  // @ts-expect-error: it has no columns of its own
  plainTypes.fields.phone
}

/** Without a declaration accounts are Django's. */
export const ofDjango: UserId = 1
export const noFields: UserFields = {}

// @ts-expect-error: no such type of id
defineUsers({ model: 'club.Member', id: 'text' })
// @ts-expect-error: no such type of column
defineUsers({ model: 'club.Member', fields: { phone: 'varchar' } })
// @ts-expect-error: a table without a column for passwords has no accounts
defineUsers({ model: 'club.Member', columns: { nothing: null } })
