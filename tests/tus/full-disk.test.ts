/** Resumable uploads on a disk that fills up: a small file system in memory. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { skipWithout } from '../real-parts.ts'
import { chunkAt, openTus } from './open-tus.ts'

it('a full disk is 507: the bytes of that request are gone, and the upload goes on when there is room', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-test-'))
  t.after(() => {
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return skipWithout(t, 'A file system to fill up', 'run it as root, with the right to mount')
  }
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
  execFileSync('mount', ['-o', 'remount,size=8m', folder], { stdio: 'ignore' })
  assert.equal((await send('PATCH', address, chunkAt(500_000), content.subarray(500_000))).status, 204)
  assert.equal(finished.length, 2)
})
