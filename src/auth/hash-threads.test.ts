import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { bcryptHasher, bcryptSha256Hasher } from './bcrypt.ts'
import { computeHash } from './hash-threads.ts'

const task = { password: 'password', salt: 'salt', iterations: 2, hashBytes: 32, digest: 'sha256' }

describe('a thread of hashes', () => {
  it('computes what the main thread would, of many at once each their own', async () => {
    const hashes = await Promise.all([2, 3, 4].map(iterations => computeHash('pbkdf2', { ...task, iterations })))
    assert.equal(hashes[0]?.toString('hex'), 'ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43')
    assert.equal(new Set(hashes.map(hash => hash.toString('hex'))).size, 3)
  })

  it('tells what an algorithm does not take, and goes on', async () => {
    await assert.rejects(computeHash('pbkdf2', { ...task, digest: 'no such digest' }))
    assert.equal((await computeHash('pbkdf2', task)).length, 32)
  })

  it('steps back for the thread that answers requests, which keeps its own priority', async t => {
    if (process.platform !== 'linux') return t.skip('only Linux has priorities of threads')
    await computeHash('pbkdf2', task)
    const nice = (file: string): number =>
      Number(
        readFileSync(file, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[16],
      )
    const own = nice(`/proc/self/task/${process.pid}/stat`)
    const others = readdirSync('/proc/self/task').map(id => nice(`/proc/self/task/${id}/stat`))
    assert(others.some(value => value >= Math.min(own + 10, 19)))
    assert.equal(nice('/proc/self/stat'), own)
  })
})

describe('bcrypt', () => {
  const cheap = [bcryptHasher({ rounds: 4 }), bcryptSha256Hasher({ rounds: 4 })]

  it('verifies what it encoded, and nothing else', async () => {
    for (const hasher of cheap) {
      const encoded = await hasher.encode('pässword')
      assert.match(encoded, /^bcrypt(_sha256)?\$\$2b\$04\$[./A-Za-z0-9]{53}$/)
      assert.equal(await hasher.verify('pässword', encoded), true)
      assert.equal(await hasher.verify('pässwort', encoded), false)
      assert.notEqual(await hasher.encode('pässword'), encoded)
      assert(!hasher.mustUpdate(encoded))
    }
  })

  it('counts 72 bytes of a password, or all with SHA-256', async () => {
    const [bare, digested] = cheap.map(hasher => ({ hasher, same: 'x'.repeat(72) }))
    for (const [one, expected] of [
      [bare, true],
      [digested, false],
    ] as const) {
      const encoded = (await one?.hasher.encode(`${one.same}y`)) as string
      assert.equal(await one?.hasher.verify(`${one.same}z`, encoded), expected)
    }
  })

  it('reads what other programs call 2a and 2y, and nothing damaged or greedy', async () => {
    const [bare] = cheap
    const encoded = (await bare?.encode('password')) as string
    for (const version of ['2a', '2y'])
      assert.equal(await bare?.verify('password', encoded.replace('2b', version)), true, version)
    const damaged = [encoded.slice(0, -1), `${encoded}x`, `${encoded}\n`, encoded.replace('$04$', '$31$')]
    damaged.push(encoded.replace('$04$', '$03$'), encoded.replace('2b', '2x'), 'bcrypt$', 'bcrypt$$2b$04$bad')
    for (const text of damaged) assert.equal(await bare?.verify('password', text), null, text)
  })

  it('fits no password with U+0000, which Django refuses', async () => {
    const [bare, digested] = cheap
    await assert.rejects(bare?.encode('a\0b') as Promise<string>, TypeError)
    assert.equal(await bare?.verify('\0', (await bare.encode('')) as string), false)
    assert.equal(await digested?.verify('a\0b', await digested.encode('a\0b')), true)
  })

  it('wants an update for another cost, and spends what an older hash lacks', async () => {
    const hasher = bcryptHasher({ rounds: 6 })
    const encoded = (await cheap[0]?.encode('password')) as string
    assert(hasher.mustUpdate(encoded))
    await hasher.hardenRuntime?.('wrong', encoded)
  })

  it('takes a whole salt or none', async () => {
    for (const salt of ['salt', '', '$2b$04$short', '$2b$31$ThisIsNotRandomSaltAOu'])
      await assert.rejects(cheap[0]?.encode('password', salt) as Promise<string>, TypeError)
  })
})
