import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withDatabases } from '../../tests/real-parts.ts'
import { type Database, migrateDjangoTables } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import { createDatabaseSessionStore, createMemorySessionStore, type SessionStore } from '../sessions/index.ts'
import { sessionStoreContract } from './session-store-contract.ts'

describe('the contract of session engines, kept by the engine in memory', () => {
  sessionStoreContract(it, clock => createMemorySessionStore(clock))
})

describe('the contract of session engines, for one with a clock of its own', { concurrency: true }, () => {
  sessionStoreContract(it, clock => createMemorySessionStore(clock), { ownClock: true })
})

withDatabases('the contract of session engines, kept by the engine db', it => {
  it('is kept', async ({ t, open }) => {
    const database: Database = open()
    await migrateDjangoTables(database)
    const tests: Promise<void>[] = []
    sessionStoreContract(
      (name, body) => tests.push(t.test(name, body)),
      clock => createDatabaseSessionStore(database, clock),
    )
    await Promise.all(tests)
    const left = await database.kysely.selectFrom('django_session').selectAll().execute()
    assert.deepEqual(left, [], 'the tests leave something behind')
  })
})

/** Some methods of a good engine, replaced by bad ones. */
type Defect = (good: SessionStore, clock: Clock) => Partial<SessionStore>

const later = Number.MAX_SAFE_INTEGER

/** `replace` that reads, compares as `isSame` says, and writes: as naive engines do. */
function readAndWrite(good: SessionStore, isSame: (one: string, other: string) => boolean): SessionStore['replace'] {
  return async (key, seen, text, expiresAt) => {
    const found = await good.load(key)
    if (found === null || !isSame(found, seen)) return false
    return good.replace(key, found, text, expiresAt)
  }
}

/** Some turns of the event loop, each time another number of them. */
async function turns(): Promise<void> {
  turnCount = (turnCount + 1) % 5
  for (let turn = 0; turn < turnCount; turn += 1) await new Promise(resolve => setImmediate(resolve))
}
let turnCount = 0

const defects: Readonly<Record<string, Defect>> = {
  'replaces whatever is there': good => ({ replace: readAndWrite(good, () => true) }),
  'compares without case': good => ({
    replace: readAndWrite(good, (one, other) => one.toLowerCase() === other.toLowerCase()),
  }),
  'compares without spaces at the end': good => ({
    replace: readAndWrite(good, (one, other) => one.trimEnd() === other.trimEnd()),
  }),
  'compares the beginning': good => ({ replace: readAndWrite(good, (one, other) => one.startsWith(other)) }),
  'compares the first KiB': good => ({
    replace: readAndWrite(good, (one, other) => one.slice(0, 1024) === other.slice(0, 1024)),
  }),
  'takes a replace by the same text for none': good => ({
    replace: async (key, seen, text, expiresAt) => seen !== text && good.replace(key, seen, text, expiresAt),
  }),
  'reads, waits, and writes over what came between': good => ({
    replace: async (key, seen, text, expiresAt) => {
      if ((await good.load(key)) !== seen) return false
      await turns()
      const now = await good.load(key)
      return now !== null && (await good.replace(key, now, text, expiresAt))
    },
  }),
  'revives what was deleted': good => ({
    replace: async (key, seen, text, expiresAt) =>
      (await good.replace(key, seen, text, expiresAt)) || (await good.create(key, text, expiresAt)),
  }),
  'revives what was deleted while it wrote': good => ({
    replace: async (key, seen, text, expiresAt) => {
      if ((await good.load(key)) !== seen) return false
      const now = await good.load(key)
      return now === null ? good.create(key, text, expiresAt) : good.replace(key, now, text, expiresAt)
    },
  }),
  'writes, and says no': good => ({
    replace: async (key, seen, text, expiresAt) => {
      await good.replace(key, (await good.load(key)) ?? '', text, expiresAt)
      return (await good.load(key)) === seen
    },
  }),
  'makes a key that is taken': good => ({
    create: async (key, text, expiresAt) => {
      await good.delete(key)
      return good.create(key, text, expiresAt)
    },
  }),
  'says that it made a key that was taken': good => ({
    create: async (...row) => {
      await good.create(...row)
      return true
    },
  }),
  'looks, and then makes the key': good => ({
    create: async (key, text, expiresAt) => {
      if ((await good.load(key)) !== null) return false
      await good.create(key, text, expiresAt)
      return true
    },
  }),
  'deletes what nobody has seen': good => ({ delete: key => good.delete(key) }),
  'does not delete what was seen': good => ({
    delete: async (key, seen) => seen === undefined && good.delete(key),
  }),
  'always says that it deleted': good => ({
    delete: async (key, seen) => {
      await good.delete(key, seen)
      return true
    },
  }),
  'never says that it deleted': good => ({
    delete: async (key, seen) => {
      await good.delete(key, seen)
      return false
    },
  }),
  'looks at what was seen, and then deletes': good => ({
    delete: async (key, seen) => (seen === undefined || (await good.load(key)) === seen) && good.delete(key),
  }),
  'cuts keys': good => ({
    load: key => good.load(key.slice(0, 32)),
    create: (key, text, expiresAt) => good.create(key.slice(0, 32), text, expiresAt),
    replace: (key, seen, text, expiresAt) => good.replace(key.slice(0, 32), seen, text, expiresAt),
    delete: (key, seen) => good.delete(key.slice(0, 32), seen),
  }),
  'cuts texts': good => ({
    create: (key, text, expiresAt) => good.create(key, text.slice(0, 65_535), expiresAt),
    replace: (key, seen, text, expiresAt) => good.replace(key, seen, text.slice(0, 65_535), expiresAt),
  }),
  'changes characters': good => ({ load: async key => (await good.load(key))?.replaceAll('-', '+') ?? null }),
  'never forgets': good => ({
    create: (key, text) => good.create(key, text, later),
    replace: (key, seen, text) => good.replace(key, seen, text, later),
  }),
  'counts time in microseconds': good => ({
    create: (key, text, expiresAt) => good.create(key, text, expiresAt * 1000),
  }),
  'counts time in seconds': good => ({ create: (key, text, expiresAt) => good.create(key, text, expiresAt / 1000) }),
  'keeps the first expiry': good => {
    const first = new Map<string, number>()
    return {
      create: (key, text, expiresAt) => {
        first.set(key, expiresAt)
        return good.create(key, text, expiresAt)
      },
      replace: (key, seen, text) => good.replace(key, seen, text, first.get(key) ?? 0),
    }
  },
  'keeps the latest expiry': (good, clock) => ({
    replace: (key, seen, text, expiresAt) =>
      good.replace(key, seen, text, expiresAt > clock() + 60_000 ? expiresAt : clock() + 3_600_000),
  }),
  'clears more than asked for': good => ({ clearExpired: () => good.clearExpired(1_000_000) }),
  'clears nothing': () => ({ clearExpired: async () => 0 }),
  'says too little of what it cleared': good => ({
    clearExpired: async limit => Math.min(1, await good.clearExpired(limit)),
  }),
  'counts none, but has some': good => ({
    countExpired: async () => 0,
    clearExpired: limit => good.clearExpired(limit),
  }),
  'counts too many': good => ({ countExpired: async () => (await good.countExpired()) + 1 }),
  'does not answer': () => ({
    ping: async () => {
      throw new Error('no answer')
    },
  }),
}

/** Names of the contract's tests that fail for an engine. */
async function failuresOf(open: (clock: Clock) => SessionStore): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  sessionStoreContract((name, body) => tests.push({ name, body }), open)
  const failed: string[] = []
  for (const { name, body } of tests) {
    try {
      await body()
    } catch {
      failed.push(name)
    }
  }
  return failed
}

describe('the contract of session engines', () => {
  for (const [name, defect] of Object.entries(defects)) {
    it(`finds an engine that ${name}`, async () => {
      const failed = await failuresOf(clock => {
        const good = createMemorySessionStore(clock)
        return { ...good, ...defect(good, clock) }
      })
      assert.notEqual(failed.length, 0)
    })
  }

  it('closes each engine that it opens, also after a failure', async () => {
    let open = 0
    const failed = await failuresOf(clock => {
      const good = createMemorySessionStore(clock)
      open += 1
      return {
        ...good,
        load: async () => null,
        async close() {
          open -= 1
        },
      }
    })
    assert.ok(failed.length > 5)
    assert.equal(open, 0)
  })
})
