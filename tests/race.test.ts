/**
 * `npm run race` in short: the promise about sessions, over real sockets and in two processes, on every engine.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from './real-parts.ts'

const command = join(import.meta.dirname, '../bench/race/main.ts')
const seed = process.env.SEED ?? String(Date.now() % 1_000_000)

interface Row {
  readonly name: string
  readonly total: { readonly kept: number; readonly lost: number; readonly revived: number; readonly conflicts: number }
}

it(`the race keeps every write and revives nothing (SEED=${seed})`, async t => {
  const short = ['--parallel', '25', '--repeats', '4', '--rounds', '0', '--seed', seed, '--ours', '--json']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--conditions=nuages-source',
    command,
    ...short,
  ])
  const rows = JSON.parse(stdout) as Row[]
  const missing = /left out/.test(stderr)
  for (const { name, total } of rows) {
    if (name === 'signed_cookies') continue
    assert.equal(total.lost, 0, `${name}: ${stderr}`)
    assert.equal(total.revived, 0, `${name}: ${stderr}`)
    assert.ok(total.kept >= 66, `${name} kept ${total.kept}: ${stderr}`)
  }
  const honest = rows.find(({ name }) => name === 'signed_cookies')
  assert.ok((honest?.total.lost ?? 0) > 0, 'a race that nobody loses proves nothing')
  if (missing)
    skipWithout(t, `A part of the race (${stderr})`, 'apt-get install postgresql mariadb-server redis-server')
})
