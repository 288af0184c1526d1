/** Resumable uploads on a disk that fills up. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { it } from 'node:test'
import { temporaryFolder } from '../real-parts.ts'
import { growSmallDisk, withSmallDisk } from '../small-disk.ts'
import { chunkAt, openTus } from './open-tus.ts'

it('a full disk is 507: the bytes of that request are gone, and the upload goes on when there is room', async t => {
  const folder = temporaryFolder(t)
  const fill = async (): Promise<void> => {
    const free = (): number => statfsSync(folder).bavail * statfsSync(folder).bsize
    const content = randomBytes(3_000_000)
    const { send, create, offset, finished } = await openTus(t, { folder })
    const address = await create(content.length)
    assert.equal((await send('PATCH', address, chunkAt(0), content.subarray(0, 500_000))).status, 204)
    const before = free()
    for (let tries = 0; tries < 3; tries += 1) {
      const full = await send('PATCH', address, chunkAt(500_000), content.subarray(500_000))
      assert.deepEqual([full.status, ((await full.json()) as { code: string }).code], [507, 'http/storage-full'])
      assert.equal(await offset(address), 500_000)
      assert.ok(free() >= before - 20_000)
    }
    const other = await create(1000, { 'X-Owner': 'eve' })
    assert.equal((await send('PATCH', other, chunkAt(0, { 'X-Owner': 'eve' }), 'x'.repeat(1000))).status, 204)
    growSmallDisk(folder, '8m')
    assert.equal((await send('PATCH', address, chunkAt(500_000), content.subarray(500_000))).status, 204)
    assert.equal(finished.length, 2)
  }
  await withSmallDisk(t, folder, fill, { size: '2m' })
})
