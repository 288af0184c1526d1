import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { migrateDjangoTables, openDatabase } from '../db/index.ts'
import { defineSettings, type SettingsInput } from '../settings/index.ts'
import { pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { User } from './user.ts'
import { Users } from './users.ts'

/** Cheap costs of the site's own. */
const argon2 = { NAME: 'argon2', OPTIONS: { time_cost: 1, memory_cost: 64, parallelism: 8, hash_len: 16 } }

/** What threads are asked to compute from now on: each hash by its algorithm and costs. */
function watchHashes(t: TestContext): string[] {
  const hashes: string[] = []
  const { postMessage } = Worker.prototype
  t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, message: { name: string; task: object }) {
    hashes.push(costsOf(message))
    postMessage.call(this, message)
  })
  return hashes
}

function costsOf({ name, task }: { name: string; task: object }): string {
  const { parameters, iterations, salt } = task as {
    parameters?: { passes: number; memory: number; parallelism: number; tagLength: number }
    iterations?: number
    salt?: string | number
  }
  if (parameters !== undefined) {
    const { passes, memory, parallelism, tagLength } = parameters
    return `argon2 t=${passes} m=${memory} p=${parallelism} ${tagLength} bytes`
  }
  return `${name} ${iterations ?? salt}`
}

const siteCosts = 'argon2 t=1 m=64 p=8 16 bytes'

interface Place {
  readonly users: Users
  /** Writes the column of the account `ada`. */
  setHash(encoded: string): Promise<void>
  hashOf(): Promise<string>
}

async function open(t: TestContext, settings: Partial<SettingsInput>): Promise<Place> {
  const database = openDatabase('sqlite::memory:')
  t.after(() => database.close())
  await migrateDjangoTables(database)
  const users = new Users({ database, settings: defineSettings({ SECRET_KEY: 'x', ...settings }), clock: () => 0 })
  return {
    users,
    async setHash(encoded) {
      await database.prepare("UPDATE auth_user SET password = ? WHERE username = 'ada'").run([encoded])
    },
    async hashOf() {
      return User.passwordHash((await users.getByUsername('ada')) as User)
    },
  }
}

/** An account that nobody can log in to with the password `wrong`. */
interface Account {
  readonly encoded?: string | null
  readonly isActive?: boolean
}

describe('a login that fails', () => {
  const accounts: Readonly<Record<string, Account | null>> = {
    'an unknown name': null,
    'a wrong password': {},
    'an account that is not active': { isActive: false },
    'an account without a password': { encoded: null },
    'an empty column': { encoded: '' },
    'an algorithm that nobody knows': { encoded: 'sha512_crypt$1$salt$hash' },
    'an algorithm that is not listed': { encoded: 'scrypt$16384$salt$8$5$hash' },
    'a damaged hash': { encoded: 'argon2$argon2id$v=19$m=64,t=1' },
    'a hash that asks for all the memory there is': {
      encoded: 'argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAA',
    },
    'a damaged hash of bcrypt': { encoded: 'bcrypt_sha256$$2b$04$bad' },
    'a hash of MD5': { encoded: 'md5$salt$67a1e09bb1f83f5007dc119c14d663aa' },
  }
  for (const [what, account] of Object.entries(accounts)) {
    it(`computes one hash with the site's own costs for ${what}`, async t => {
      const { users, setHash } = await open(t, { PASSWORD_HASHERS: [argon2, 'bcrypt_sha256', 'md5'] })
      const { encoded, isActive = true } = account ?? {}
      if (account !== null)
        await users.createUser({ username: 'ada', isActive, ...(encoded !== null && { password: 'right' }) })
      if (typeof encoded === 'string') await setHash(encoded)
      const hashes = watchHashes(t)
      for (const password of ['wrong', 'half \ud83d']) assert.equal(await users.verify('ada', password), null)
      assert.deepEqual(hashes, [siteCosts, siteCosts])
    })
  }

  it('computes one hash for the right password of an account that is not active, of an older hash too', async t => {
    const { users, setHash, hashOf } = await open(t, { PASSWORD_HASHERS: [argon2, 'pbkdf2_sha256'] })
    await users.createUser({ username: 'ada', password: 'right', isActive: false })
    const older = await pbkdf2Sha256Hasher({ iterations: 5 }).encode('right')
    const hashes = watchHashes(t)
    assert.equal(await users.verify('ada', 'right'), null)
    assert.deepEqual(hashes.splice(0), [siteCosts])
    await setHash(older)
    assert.equal(await users.verify('ada', 'right'), null)
    assert.deepEqual(hashes, ['pbkdf2 5'])
    assert.equal(await hashOf(), older)
  })

  it('spends the iterations that an older hash lacks', async t => {
    const site = { NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 50 } }
    const { users, setHash } = await open(t, { PASSWORD_HASHERS: [site] })
    await users.createUser({ username: 'ada', password: 'right' })
    await setHash(await pbkdf2Sha256Hasher({ iterations: 20 }).encode('right'))
    const hashes = watchHashes(t)
    assert.equal(await users.verify('ada', 'wrong'), null)
    assert.equal(await users.verify('nobody', 'wrong'), null)
    assert.deepEqual(hashes, ['pbkdf2 20', 'pbkdf2 30', 'pbkdf2 50'])
  })
})

describe('a login that succeeds', () => {
  it("writes no hash that is already the site's own", async t => {
    const { users, hashOf } = await open(t, { PASSWORD_HASHERS: [argon2] })
    await users.createUser({ username: 'ada', password: 'right' })
    const before = await hashOf()
    const hashes = watchHashes(t)
    for (let login = 0; login < 3; login += 1) assert.equal((await users.verify('ada', 'right'))?.username, 'ada')
    assert.equal(await hashOf(), before)
    assert.deepEqual(hashes, [siteCosts, siteCosts, siteCosts])
  })

  it('replaces an older hash once, whoever logs in at the same moment, and all are logged in', async t => {
    const { users, setHash, hashOf } = await open(t, { PASSWORD_HASHERS: [argon2, 'pbkdf2_sha256'] })
    await users.createUser({ username: 'ada', password: 'right' })
    await setHash(await pbkdf2Sha256Hasher({ iterations: 5 }).encode('right'))
    const logins = await Promise.all(Array.from({ length: 8 }, () => users.verify('ada', 'right')))
    const stored = await hashOf()
    assert.match(stored, /^argon2\$/)
    assert.deepEqual(new Set(logins.map(user => user && User.passwordHash(user))), new Set([stored]))
  })

  it('does not log in by a password that was changed while its older hash was replaced', async t => {
    const { users, setHash, hashOf } = await open(t, { PASSWORD_HASHERS: [argon2, 'pbkdf2_sha256'] })
    const { id } = await users.createUser({ username: 'ada', password: 'new' })
    const changed = await hashOf()
    await setHash(await pbkdf2Sha256Hasher({ iterations: 5 }).encode('old'))
    // The password changes after the old one was found right: when its new hash is begun.
    const { postMessage } = Worker.prototype
    t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, message: { name: string; task: object }) {
      if (message.name !== 'argon2') postMessage.call(this, message)
      else void setHash(changed).then(() => postMessage.call(this, message))
    })
    assert.equal(await users.verify('ada', 'old'), null)
    assert.equal(await hashOf(), changed)
    assert.equal((await users.verify('ada', 'new'))?.id, id)
  })

  it('is given up when the client goes away before its turn', async t => {
    const { users } = await open(t, { PASSWORD_HASHERS: [argon2] })
    const hashes = watchHashes(t)
    await assert.rejects(users.verify('ada', 'right', { signal: AbortSignal.abort() }), {
      code: 'http/client-disconnected',
    })
    assert.deepEqual(hashes, [])
  })
})
