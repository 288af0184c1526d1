/** The program of an application with a users table of its own: what compiles there, and what does not. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../real-parts.ts'

const root = join(import.meta.dirname, '../..')

const program = `
import { createApp, defineSettings, defineUsers, requireUser, type HttpRequest } from 'nuages'

export const users = defineUsers({
  model: 'club.Member',
  id: 'uuid',
  username: 'email',
  fields: { phone: { type: 'text', default: '' }, card: 'text', trialEnds: 'time | null' },
})

declare module 'nuages/auth' {
  interface AccountTypes {
    users: typeof users
  }
}

export const app = createApp({ settings: defineSettings({ SECRET_KEY: '' }), urls: [], users })

export async function view(request: HttpRequest): Promise<void> {
  const user = await requireUser(request)
  const id: string = user.id
  const ends: Date | null = user.fields.trialEnds
  const phone: string = (await request.app.users.get(id))?.fields.phone ?? ''
  await app.users.update(id, { fields: { phone, trialEnds: ends } })
  await app.users.update(user.id, { isActive: false })
  await app.users.createUser({ username: 'ada@example.com', fields: { card: '1' } })
  await app.users.createSuperuser({ username: 'ada@example.com', fields: { card: '1', trialEnds: new Date() } })
  app.users.validatePassword('x', { username: 'ada@example.com' })
  // @ts-expect-error: an id is no number
  await app.users.get(1)
  // @ts-expect-error: the card has no default
  await app.users.createUser({ username: 'ada@example.com' })
  // @ts-expect-error: a number is no phone
  await app.users.update(id, { fields: { phone: 1 } })
  // @ts-expect-error: no such field
  user.fields.fax
  // @ts-expect-error: what an account is does not change by assignment
  user.fields.phone = ''
}
`

test('an application that declares its users table has its ids and fields everywhere', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'app.ts'), program)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/nuages'))
  const compilerOptions = {
    isolatedDeclarations: false,
    declaration: false,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: ['app.ts'], include: [], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const run = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
  const said = await run.then(
    () => '',
    error => String(error.stdout),
  )
  assert.equal(said, '')
})
