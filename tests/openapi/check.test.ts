/** `nuages check`, about the description of the API. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { temporaryFolder } from '../real-parts.ts'

const program = join(import.meta.dirname, '../../src/cli/main.ts')
const nuages = join(import.meta.dirname, '../../src/index.ts')

const app = `
import { createApp, defineSettings, path, View } from '${nuages}'
import { operation } from '${join(import.meta.dirname, '../../src/views/index.ts')}'
const bare = { '~standard': { version: 1, vendor: 'homemade', validate: value => ({ value }) } }
class Orders extends View {
  post = operation({ body: bare, responses: { 200: null } }, () => null)
}
export const app = createApp({
  logger: null,
  settings: defineSettings({ SECRET_KEY: 'the key of a check', DATABASE_URL: 'sqlite:db.sqlite3' }),
  urls: [path('api/order/', Orders.asView()), path('api/page/', () => new Response('undeclared'))],
})
`

it('names each operation whose schema cannot be described, and what to do; that alone is no failure', t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'app.js'), app)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const run = (
    ...args: string[]
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(process.execPath, ['--conditions=nuages-source', program, ...args], { cwd: folder, encoding: 'utf8' })
  assert.equal(run('migrate').status, 0)
  const { status, stdout, stderr } = run('check')
  assert.deepEqual([status, stdout], [0, 'All is well.\n'], stderr)
  assert.match(
    stderr,
    /^note: POST \/api\/order\/, body: the homemade schema cannot say what it takes as JSON Schema: described as anything\. Take [^\n]*\n$/,
  )
})
