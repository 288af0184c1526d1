import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { temporaryFolder } from '../real-parts.ts'
import { jsonOf, openStore } from './open-store.ts'

const add = (client: Client): Promise<Response> =>
  client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })

async function refuses(response: Response): Promise<void> {
  assert.equal(response.status, 503)
  assert(Number(response.headers.get('retry-after')) > 0)
  const { code, detail } = await jsonOf(response)
  assert.equal(code, 'db/unavailable')
  assert.doesNotMatch(detail, /sqlite|\/tmp/)
}

describe('when its database file is', () => {
  it('locked by another process, a write gets 503 in the end, reads go on, and all is well afterwards', async t => {
    const file = join(temporaryFolder(t), 'store.sqlite3')
    const client = new Client(await openStore(t, { DATABASE_URL: `sqlite:${file}` }))
    await add(client)
    const other = new DatabaseSync(file)
    t.after(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    const [write, read] = await Promise.all([add(client), client.get('/api/shop/cart/')])
    assert.equal(read.status, 200)
    await refuses(write)
    other.exec('COMMIT')
    assert.equal((await jsonOf(await add(client))).data.count, 2)
  })

  it('moved away, requests get 503 and nothing is written to a ghost; when it is back all is well', async t => {
    const file = join(temporaryFolder(t), 'store.sqlite3')
    const client = new Client(await openStore(t, { DATABASE_URL: `sqlite:${file}` }))
    await add(client)
    for (const suffix of ['', '-wal', '-shm']) renameSync(`${file}${suffix}`, `${file}.away${suffix}`)
    await refuses(await add(client))
    await refuses(await client.get('/readyz'))
    assert.equal((await client.get('/healthz')).status, 200)
    for (const suffix of ['', '-wal', '-shm']) renameSync(`${file}.away${suffix}`, `${file}${suffix}`)
    assert.equal((await jsonOf(await add(client))).data.count, 2)
  })
})
