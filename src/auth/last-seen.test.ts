import assert from 'node:assert/strict'
import { it } from 'node:test'
import { migrateDjangoTables, migrateSessionIndex, openDatabase } from '../db/index.ts'
import { LastSeen } from './last-seen.ts'
import { SessionRows } from './session-index.ts'

const minute = 60_000

it('is five minutes old at most for a session that is in use, whichever process it comes to', async () => {
  const database = openDatabase('sqlite::memory:')
  await migrateDjangoTables(database)
  await migrateSessionIndex(database)
  let now = Date.parse('2026-01-01T00:00:00Z')
  const clock = (): number => now
  const rows = new SessionRows({ database, clock })
  const key = 'k'.repeat(32)
  const row = { key, id: 'a'.repeat(32), userId: '1', device: '', address: null, created: now }
  await rows.add({ ...row, lastSeen: now, expires: now + 1e9 })
  const open = (): LastSeen => new LastSeen({ rows, clock, adopt: async () => {}, warn: () => {} })
  const processes = [open(), open()]
  processes[0]?.setFresh(key)
  for (let at = 1; at <= 30; at += 1) {
    now += minute
    // The second process first meets the session when the first has just written it.
    const process = processes[at < 4 ? 0 : 1] as LastSeen
    if (process.isDue(key)) process.note({ key, userId: '1', address: null, userAgent: null })
    await process.flush()
    const lastSeen = (await rows.get(key))?.lastSeen ?? 0
    assert.ok(now - lastSeen < 5 * minute, `${(now - lastSeen) / minute} minutes after ${at}`)
  }
  await database.close()
})
